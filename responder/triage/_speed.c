/* The two loops of triage that look at every byte, each with a slower twin in Python that gives the same result.
 *
 * tally   counts the kinds of lines of a chunk: lines without numbers and ids. Twins: tally.py and lines.py.
 * search  tells which rules may match which lines: those whose literals all stand in it. Twin: signatures.py.
 *
 * Logs are untrusted: nothing is read past the end of a buffer, every allocation is checked, and the hash is seeded
 * anew in each process, so that no log can be written whose lines all collide. Results never depend on the seed.
 */
#define Py_LIMITED_API 0x030b0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What responder/triage/compiled.py must ask for: raised when a function changes. */
#define VERSION 1

static uint64_t seed;

static uint64_t mixed(uint64_t one, uint64_t other)
{
    __uint128_t product = (__uint128_t)one * other;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_of(const uint8_t *text, size_t size)
{
    uint64_t state = seed ^ size, word;
    for (; size >= 8; text += 8, size -= 8) {
        memcpy(&word, text, 8);
        state = mixed(state ^ word, 0x9e3779b97f4a7c15u ^ seed);
    }
    word = 0;
    memcpy(&word, text, size);
    return mixed(state ^ word, 0xe7037ed1a0b428dbu ^ seed);
}

/* Texts and how often each was met, in the order of first meeting. */

typedef struct {
    uint64_t hash;
    size_t text, size; /* place of the text in the store */
    size_t count, first, last;
    size_t begin, end; /* place of the first line in the chunk */
} Kind;

typedef struct {
    Kind *kinds;
    size_t used, room;
    uint32_t *slots; /* number of a kind and one, or 0; there are always at least twice as many as kinds */
    size_t mask;
    uint8_t *store;
    size_t stored, storage;
} Kinds;

static void release(Kinds *all)
{
    free(all->kinds);
    free(all->slots);
    free(all->store);
}

static int grow(Kinds *all)
{
    size_t room = all->room ? 2 * all->room : 512, slots = 4 * room;
    if (slots > UINT32_MAX)
        return -1;
    Kind *kinds = realloc(all->kinds, room * sizeof *kinds);
    if (!kinds)
        return -1;
    all->kinds = kinds;
    all->room = room;
    uint32_t *fresh = calloc(slots, sizeof *fresh);
    if (!fresh)
        return -1;
    free(all->slots);
    all->slots = fresh;
    all->mask = slots - 1;
    for (size_t number = 0; number < all->used; number++) {
        size_t at = kinds[number].hash & all->mask;
        while (fresh[at])
            at = (at + 1) & all->mask;
        fresh[at] = (uint32_t)number + 1;
    }
    return 0;
}

/* The kind with this text, made when it is new (its count is 0 then); NULL when memory is used up. */
static Kind *kind_of(Kinds *all, const uint8_t *text, size_t size)
{
    uint64_t hash = hash_of(text, size);
    if (all->used == all->room && grow(all) < 0)
        return NULL;
    size_t at = hash & all->mask;
    for (; all->slots[at]; at = (at + 1) & all->mask) {
        Kind *known = &all->kinds[all->slots[at] - 1];
        if (known->hash == hash && known->size == size && !memcmp(all->store + known->text, text, size))
            return known;
    }
    if (!all->store || all->storage - all->stored < size) {
        size_t storage = 2 * all->storage + size + 4096;
        uint8_t *store = realloc(all->store, storage);
        if (!store)
            return NULL;
        all->store = store;
        all->storage = storage;
    }
    memcpy(all->store + all->stored, text, size);
    Kind *kind = &all->kinds[all->used++];
    *kind = (Kind){.hash = hash, .text = all->stored, .size = size};
    all->stored += size;
    all->slots[at] = (uint32_t)all->used;
    return kind;
}

static int is_moment(const uint8_t *text)
{
    for (int at = 0; at < 4; at++)
        if (text[at] < '0' || text[at] > '9')
            return 0;
    return text[4] == '-' || text[4] == '/';
}

/* What lines have in common that differ in numbers and ids only. An id is a run of eight hexadecimal digits or more,
 * perhaps with more of them behind hyphens, that no other letter or digit touches; `0x` may stand before it. */

#define LEAST_ID 8

static int is_digit(uint8_t byte)
{
    return (uint8_t)(byte - '0') <= 9;
}

static int is_hex(uint8_t byte)
{
    return is_digit(byte) || (uint8_t)((byte | 0x20) - 'a') <= 5;
}

static int is_alnum(uint8_t byte)
{
    return is_digit(byte) || (uint8_t)((byte | 0x20) - 'a') <= 25;
}

/* Copies a text without its digits; returns the bytes written. `to` has room for seven bytes more than the text. */
static size_t without_digits(uint8_t *to, const uint8_t *text, size_t size)
{
    size_t used = 0;
    for (; size; text++, size--) {
        to[used] = *text;
        used += !is_digit(*text);
    }
    return used;
}

/* True when a run of hexadecimal digits is long enough for an id. */
static int may_hold_id(const uint8_t *text, size_t size)
{
    size_t run = 0;
    for (; size && run < LEAST_ID; text++, size--)
        run = is_hex(*text) ? run + 1 : 0;
    return run == LEAST_ID;
}

#if defined(__x86_64__) && defined(__GNUC__)
#define HAS_PACKED 1
#include <immintrin.h>

/* The same, eight bytes at a time: a processor of the last decade packs the bytes that stay in one step. */
__attribute__((target("bmi2"))) static size_t without_digits_packed(uint8_t *to, const uint8_t *text, size_t size)
{
    const uint64_t ones = 0x0101010101010101u, high = 0x80 * ones;
    size_t used = 0;
    for (; size >= 8; text += 8, size -= 8) {
        uint64_t word;
        memcpy(&word, text, 8);
        uint64_t from_zero = word ^ ('0' * ones);
        /* The high bit of each byte that is no digit: from_zero is above 9. */
        uint64_t kept = (((from_zero & ~high) + (0x76 * ones)) | from_zero) & high;
        word = _pext_u64(word, (kept >> 7) * 0xff);
        memcpy(to + used, &word, 8);
        used += (size_t)__builtin_popcountll(kept);
    }
    return used + without_digits(to + used, text, size);
}

/* The same, sixteen bytes at a time: one bit a byte, and eight bits in a row are an id. */
static int may_hold_id_packed(const uint8_t *text, size_t size)
{
    uint32_t before = 0;
    for (; size >= 16; text += 16, size -= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)text);
        __m128i digit = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
        __m128i letter = _mm_sub_epi8(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
        digit = _mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit);
        letter = _mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(5)), letter);
        uint32_t here = (uint32_t)_mm_movemask_epi8(_mm_or_si128(digit, letter)), run = before | here << 16;
        run &= run >> 1;
        run &= run >> 2;
        if (run & run >> 4)
            return 1;
        before = here;
    }
    uint8_t rest[LEAST_ID + 16] = {0};
    for (size_t at = 0; at < LEAST_ID; at++)
        rest[at] = before >> (16 - LEAST_ID + at) & 1 ? '0' : ' ';
    memcpy(rest + LEAST_ID, text, size);
    return may_hold_id(rest, LEAST_ID + size);
}
#endif

/* Where an id that begins at `at` ends, or 0 when none begins there. */
static size_t id_end(const uint8_t *text, size_t size, size_t at)
{
    size_t end = at;
    if (at && is_alnum(text[at - 1]))
        return 0;
    if (size - at > 2 && text[at] == '0' && text[at + 1] == 'x')
        end = at += 2;
    while (end < size && is_hex(text[end]))
        end++;
    if (end - at < LEAST_ID)
        return 0;
    while (end + 1 < size && text[end] == '-' && is_hex(text[end + 1]))
        for (end++; end < size && is_hex(text[end]); end++)
            ;
    return end < size && is_alnum(text[end]) ? 0 : end;
}

static size_t without_ids(uint8_t *to, const uint8_t *text, size_t size)
{
    size_t used = 0;
    for (size_t at = 0; at < size;) {
        size_t end = is_hex(text[at]) ? id_end(text, size, at) : 0;
        if (end) {
            at = end;
            continue;
        }
        to[used] = text[at];
        used += !is_digit(text[at++]);
    }
    return used;
}

/* The key of one or more lines; `to` has room for seven bytes more than the text. */
static size_t key_into(uint8_t *to, const uint8_t *text, size_t size)
{
#ifdef HAS_PACKED
    if (may_hold_id_packed(text, size))
        return without_ids(to, text, size);
    if (__builtin_cpu_supports("bmi2"))
        return without_digits_packed(to, text, size);
#else
    if (may_hold_id(text, size))
        return without_ids(to, text, size);
#endif
    return without_digits(to, text, size);
}

/* Counts all lines; returns how many there are, or -1 when memory is used up. */
static Py_ssize_t count_lines(const uint8_t *body, const uint8_t *keyed, size_t size, size_t start, size_t end,
                              Kinds *kinds, Kinds *minutes)
{
    uint8_t *key = malloc(size + 8);
    if (!key)
        return -1;
    size -= size && body[size - 1] == '\n';
    Py_ssize_t number = 0;
    Kind *minute = NULL;
    for (size_t begin = 0; begin <= size; number++) {
        const uint8_t *newline = begin < size ? memchr(body + begin, '\n', size - begin) : NULL;
        size_t stop = newline ? (size_t)(newline - body) : size;
        Kind *kind = kind_of(kinds, key, key_into(key, keyed + begin, stop - begin));
        if (!kind)
            goto out_of_memory;
        if (!kind->count++) {
            kind->first = (size_t)number;
            kind->begin = begin;
            kind->end = stop;
        }
        kind->last = (size_t)number;
        if (end && stop - begin >= end && is_moment(body + begin + start)) {
            const uint8_t *text = body + begin + start;
            /* Moments come in runs. */
            if (!minute || memcmp(minutes->store + minute->text, text, end - start))
                minute = kind_of(minutes, text, end - start);
            if (!minute)
                goto out_of_memory;
            minute->count++;
        }
        begin = stop + 1;
    }
    free(key);
    return number;
out_of_memory:
    free(key);
    return -1;
}

/* A new reference given to a list, or NULL anywhere: then the list is no result. */
static int set(PyObject *list, size_t at, PyObject *item)
{
    return item ? PyList_SetItem(list, (Py_ssize_t)at, item) : -1;
}

static PyObject *tallied(const Kinds *kinds, const Kinds *minutes, const uint8_t *body, Py_ssize_t total)
{
    PyObject *lists[5] = {NULL}, *seen = PyDict_New(), *result = NULL;
    Py_ssize_t size = (Py_ssize_t)kinds->used;
    for (int at = 0; at < 5; at++)
        if (!(lists[at] = PyList_New(size)))
            goto done;
    for (size_t at = 0; at < kinds->used; at++) {
        const Kind *kind = &kinds->kinds[at];
        if (set(lists[0], at, PyBytes_FromStringAndSize((char *)kinds->store + kind->text, (Py_ssize_t)kind->size)) < 0
            || set(lists[1], at, PyLong_FromSize_t(kind->count)) < 0
            || set(lists[2], at, PyLong_FromSize_t(kind->first)) < 0
            || set(lists[3], at, PyLong_FromSize_t(kind->last)) < 0
            || set(lists[4], at,
                   PyBytes_FromStringAndSize((char *)body + kind->begin, (Py_ssize_t)(kind->end - kind->begin))) < 0)
            goto done;
    }
    for (size_t at = 0; seen && at < minutes->used; at++) {
        const Kind *minute = &minutes->kinds[at];
        PyObject *text = PyBytes_FromStringAndSize((char *)minutes->store + minute->text, (Py_ssize_t)minute->size);
        PyObject *count = PyLong_FromSize_t(minute->count);
        int failed = !text || !count || PyDict_SetItem(seen, text, count) < 0;
        Py_XDECREF(text);
        Py_XDECREF(count);
        if (failed)
            goto done;
    }
    if (seen)
        result = Py_BuildValue("nOOOOOO", total, lists[0], lists[1], lists[2], lists[3], lists[4], seen);
done:
    for (int at = 0; at < 5; at++)
        Py_XDECREF(lists[at]);
    Py_XDECREF(seen);
    return result;
}

PyDoc_STRVAR(keys_doc,
             "keys(text)\n--\n\n"
             "Lines without their numbers and ids.\n\n"
             "Args:\n"
             "    text: One line, or several with newlines; as many newlines are in the result.\n");

static PyObject *keys(PyObject *Py_UNUSED(module), PyObject *text)
{
    char *bytes;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(text, &bytes, &size) < 0)
        return NULL;
    uint8_t *key = malloc((size_t)size + 8);
    if (!key)
        return PyErr_NoMemory();
    size_t used = 0, end;
    for (size_t at = 0; at < (size_t)size; at = end) {
        const char *newline = memchr(bytes + at, '\n', (size_t)size - at);
        end = newline ? (size_t)(newline - bytes) + 1 : (size_t)size;
        used += key_into(key + used, (uint8_t *)bytes + at, end - at);
    }
    PyObject *result = PyBytes_FromStringAndSize((char *)key, (Py_ssize_t)used);
    free(key);
    return result;
}

PyDoc_STRVAR(tally_doc,
             "tally(body, keyed, start, end)\n--\n\n"
             "Count lines by kind.\n\n"
             "Args:\n"
             "    body: Lines; the last one may lack its newline.\n"
             "    keyed: The same, with digits that matter replaced by other bytes.\n"
             "    start: First byte of the moment within a line.\n"
             "    end: The byte after it; 0 when lines have no such place.\n\n"
             "Returns:\n"
             "    Lines; keys, counts, first and last line by kind in the order of first lines; the first line of each\n"
             "    kind; and lines by the text of their moment.\n\n"
             "Raises:\n"
             "    ValueError: The two texts differ in length, or there is no room for a year between start and end.\n");

static PyObject *tally(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    Py_buffer body, keyed;
    Py_ssize_t start, end, total = -1;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(arguments, "y*y*nn", &body, &keyed, &start, &end))
        return NULL;
    if (body.len != keyed.len || start < 0 || end < 0 || (end && end - start < 5)) {
        PyErr_SetString(PyExc_ValueError, "texts of different lengths, or no room for a moment");
    } else {
        Kinds kinds = {0}, minutes = {0};
        Py_BEGIN_ALLOW_THREADS
        total = count_lines(body.buf, keyed.buf, (size_t)body.len, (size_t)start, (size_t)end, &kinds, &minutes);
        Py_END_ALLOW_THREADS
        result = total < 0 ? PyErr_NoMemory() : tallied(&kinds, &minutes, body.buf, total);
        release(&kinds);
        release(&minutes);
    }
    PyBuffer_Release(&body);
    PyBuffer_Release(&keyed);
    return result;
}

/* Literals as an automaton (Aho and Corasick, 1975): one step a byte, however many literals there are.
 *
 * A literal sets bits; what a line has set is `rows` rows of `words` words of 64 rules each. */

#define NAME "responder.triage._speed.Literals"

typedef struct {
    uint8_t class_of[256]; /* bytes that no literal holds share class 0 */
    size_t classes, states;
    uint32_t *next;        /* state by state and class */
    uint32_t *fail;
    uint32_t *link;        /* the longest suffix of a state that ends a literal, or 0 */
    uint32_t *first, *count; /* bits that a state sets by itself, in `bits` */
    uint32_t *bits;
    size_t rows, words;
    uint64_t *always;
    int loud;              /* some rule needs no literal */
} Literals;

static void free_literals(PyObject *capsule)
{
    Literals *all = PyCapsule_GetPointer(capsule, NAME);
    if (!all)
        return;
    free(all->next);
    free(all->fail);
    free(all->link);
    free(all->first);
    free(all->count);
    free(all->bits);
    free(all->always);
    free(all);
}

/* Adds one literal to the tree of them; a state that ends two literals is an error of the caller. */
static int add_literal(Literals *all, const char *text, Py_ssize_t size, uint32_t first, uint32_t count)
{
    uint32_t state = 0;
    for (Py_ssize_t at = 0; at < size; at++) {
        uint32_t *next = &all->next[state * all->classes + all->class_of[(uint8_t)text[at]]];
        if (!*next)
            *next = (uint32_t)all->states++;
        state = *next;
    }
    if (!state || all->count[state])
        return -1;
    all->first[state] = first;
    all->count[state] = count;
    return 0;
}

/* Makes of the tree a machine that never goes back: each state's missing steps are those of its longest suffix. */
static int complete(Literals *all)
{
    uint32_t *queue = malloc(all->states * sizeof *queue);
    if (!queue)
        return -1;
    size_t head = 0, tail = 0;
    for (size_t class = 1; class < all->classes; class++)
        if (all->next[class])
            queue[tail++] = all->next[class];
    while (head < tail) {
        uint32_t state = queue[head++], fail = all->fail[state];
        all->link[state] = all->count[fail] ? fail : all->link[fail];
        for (size_t class = 1; class < all->classes; class++) {
            uint32_t *next = &all->next[state * all->classes + class];
            uint32_t else_next = all->next[fail * all->classes + class];
            if (*next) {
                all->fail[*next] = else_next;
                queue[tail++] = *next;
            } else {
                *next = else_next;
            }
        }
    }
    free(queue);
    return 0;
}

static int fill(Literals *all, PyObject *texts, PyObject *places, PyObject *always)
{
    Py_ssize_t literals = PyList_Size(texts), bytes = 0, bits = 0, limit = (Py_ssize_t)(all->rows * all->words * 64);
    if (literals < 0 || PyList_Size(places) != literals)
        return -1;
    for (Py_ssize_t at = 0; at < literals; at++) {
        char *text;
        PyObject *own = PyList_GetItem(places, at);
        Py_ssize_t size, count = PyList_Check(own) ? PyList_Size(own) : -1;
        if (count <= 0 || PyBytes_AsStringAndSize(PyList_GetItem(texts, at), &text, &size) < 0)
            return -1;
        bytes += size;
        bits += count;
        for (Py_ssize_t place = 0; place < size; place++)
            if (!all->class_of[(uint8_t)text[place]])
                all->class_of[(uint8_t)text[place]] = (uint8_t)all->classes++;
    }
    size_t states = (size_t)bytes + 1;
    if (all->class_of['\n'] || all->classes > 255 || states > UINT32_MAX / 256)
        return -1;
    all->next = calloc(states * all->classes, sizeof *all->next);
    all->fail = calloc(states, sizeof *all->fail);
    all->link = calloc(states, sizeof *all->link);
    all->first = calloc(states, sizeof *all->first);
    all->count = calloc(states, sizeof *all->count);
    all->bits = calloc((size_t)bits + 1, sizeof *all->bits);
    all->always = calloc(all->rows * all->words, sizeof *all->always);
    if (!all->next || !all->fail || !all->link || !all->first || !all->count || !all->bits || !all->always) {
        PyErr_NoMemory();
        return -1;
    }
    uint32_t used = 0;
    for (Py_ssize_t at = 0; at < literals; at++) {
        PyObject *own = PyList_GetItem(places, at);
        uint32_t first = used;
        for (Py_ssize_t place = 0; place < PyList_Size(own); place++) {
            Py_ssize_t bit = PyLong_AsSsize_t(PyList_GetItem(own, place));
            if (bit < 0 || bit >= limit)
                return -1;
            all->bits[used++] = (uint32_t)bit;
        }
        char *text;
        Py_ssize_t size;
        if (PyBytes_AsStringAndSize(PyList_GetItem(texts, at), &text, &size) < 0
            || add_literal(all, text, size, first, used - first) < 0)
            return -1;
    }
    for (Py_ssize_t at = 0; at < PyList_Size(always); at++) {
        Py_ssize_t bit = PyLong_AsSsize_t(PyList_GetItem(always, at));
        if (bit < 0 || bit >= limit)
            return -1;
        all->always[bit >> 6] |= (uint64_t)1 << (bit & 63);
    }
    for (size_t word = 0; word < all->words; word++) {
        uint64_t every = all->always[word];
        for (size_t row = 1; row < all->rows; row++)
            every &= all->always[row * all->words + word];
        all->loud |= every != 0;
    }
    return complete(all);
}

PyDoc_STRVAR(literals_doc,
             "literals(texts, places, rows, words, always)\n--\n\n"
             "An automaton that finds many literals at once.\n\n"
             "Args:\n"
             "    texts: Distinct literals that are not empty and hold no newline, as a list of bytes.\n"
             "    places: For each literal the list of bits that it sets.\n"
             "    rows: Rows of bits; a rule may match when its bit is set in each of them.\n"
             "    words: Words of 64 bits in a row.\n"
             "    always: Bits that are set in every line.\n\n"
             "Raises:\n"
             "    ValueError: A literal or a bit is not as stated.\n");

static PyObject *literals(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    PyObject *texts, *places, *always;
    Py_ssize_t rows, words;
    if (!PyArg_ParseTuple(arguments, "O!O!nnO!", &PyList_Type, &texts, &PyList_Type, &places, &rows, &words,
                          &PyList_Type, &always))
        return NULL;
    Literals *all = calloc(1, sizeof *all);
    PyObject *capsule = all ? PyCapsule_New(all, NAME, free_literals) : PyErr_NoMemory();
    if (!capsule) {
        free(all);
        return NULL;
    }
    all->classes = all->states = 1;
    all->rows = (size_t)rows;
    all->words = (size_t)words;
    if (rows <= 0 || words <= 0 || rows > 64 || words > 4096 || fill(all, texts, places, always) < 0) {
        Py_DECREF(capsule);
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "literals or bits that cannot be searched for");
        return NULL;
    }
    return capsule;
}

/* Appends (line, [rules]) when the bits of at least one rule are set in every row. */
static int tell(const Literals *all, const uint64_t *held, size_t line, PyObject *found)
{
    PyObject *rules = NULL;
    for (size_t word = 0; word < all->words; word++) {
        uint64_t every = held[word];
        for (size_t row = 1; row < all->rows; row++)
            every &= held[row * all->words + word];
        for (; every; every &= every - 1) {
            PyObject *rule = PyLong_FromSize_t(word * 64 + (size_t)__builtin_ctzll(every));
            if (!rule || (!rules && !(rules = PyList_New(0))) || PyList_Append(rules, rule) < 0) {
                Py_XDECREF(rule);
                Py_XDECREF(rules);
                return -1;
            }
            Py_DECREF(rule);
        }
    }
    if (!rules)
        return 0;
    PyObject *pair = Py_BuildValue("nN", (Py_ssize_t)line, rules);
    int failed = !pair || PyList_Append(found, pair) < 0;
    Py_XDECREF(pair);
    return failed ? -1 : 0;
}

PyDoc_STRVAR(search_doc,
             "search(literals, text)\n--\n\n"
             "Which rules may match which lines.\n\n"
             "Args:\n"
             "    literals: What `literals` made.\n"
             "    text: Lines, with a newline between each two of them.\n\n"
             "Returns:\n"
             "    Number of a line from 0, and the rules whose bits are set in every row of it; only lines that have\n"
             "    any, in order.\n");

static PyObject *search(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    PyObject *capsule, *found = NULL;
    Py_buffer text;
    if (!PyArg_ParseTuple(arguments, "Oy*", &capsule, &text))
        return NULL;
    const Literals *all = PyCapsule_GetPointer(capsule, NAME);
    size_t bytes = all ? all->rows * all->words * sizeof(uint64_t) : 1, line = 0;
    uint64_t *held = all ? malloc(bytes) : NULL;
    if (held && (found = PyList_New(0))) {
        const uint8_t *at = text.buf, *stop = at + text.len;
        uint32_t state = 0;
        memcpy(held, all->always, bytes);
        for (int touched = all->loud;; at++) {
            if (at == stop || *at == '\n') {
                if (touched && tell(all, held, line, found) < 0) {
                    Py_CLEAR(found);
                    break;
                }
                if (at == stop)
                    break;
                if (touched)
                    memcpy(held, all->always, bytes);
                touched = all->loud;
                state = 0;
                line++;
                continue;
            }
            state = all->next[state * all->classes + all->class_of[*at]];
            for (uint32_t end = all->count[state] ? state : all->link[state]; end; end = all->link[end]) {
                touched = 1;
                for (uint32_t bit = all->first[end]; bit < all->first[end] + all->count[end]; bit++)
                    held[all->bits[bit] >> 6] |= (uint64_t)1 << (all->bits[bit] & 63);
            }
        }
    } else if (all && !PyErr_Occurred()) {
        PyErr_NoMemory();
    }
    free(held);
    PyBuffer_Release(&text);
    return found;
}

static PyMethodDef methods[] = {
    {"keys", keys, METH_O, keys_doc},
    {"tally", tally, METH_VARARGS, tally_doc},
    {"literals", literals, METH_VARARGS, literals_doc},
    {"search", search, METH_VARARGS, search_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_speed", "The loops of triage that look at every byte.", -1, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__speed(void)
{
    PyObject *random = PyImport_ImportModule("os");
    PyObject *bytes = random ? PyObject_CallMethod(random, "urandom", "i", 8) : NULL;
    Py_XDECREF(random);
    if (!bytes)
        return NULL;
    memcpy(&seed, PyBytes_AsString(bytes), sizeof seed);
    Py_DECREF(bytes);
    PyObject *created = PyModule_Create(&module);
    if (created && PyModule_AddIntConstant(created, "VERSION", VERSION) < 0)
        Py_CLEAR(created);
    return created;
}
