/* The loops of triage that look at every byte or line, each with a slower twin in Python that gives the same result.
 *
 * keys    gives lines without their numbers and ids. Twin: lines.py.
 * lines   gives some lines of many. Twin: lines.py.
 * count   counts the kinds of lines of a file by their keys, in _counter.h. Twin: scan.py.
 * search  tells which rules may match which lines: those whose literals all stand in it. Twin: signatures.py.
 * moments tells when lines were written. Twin: timestamps.py.
 *
 * Logs are untrusted: nothing is read past the end of a buffer, every allocation is checked, and the hash is seeded
 * anew in each process, so that no log can be written whose lines all collide. Results never depend on the seed.
 */
#define _GNU_SOURCE /* memmem */
#define Py_LIMITED_API 0x030b0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What responder/triage/compiled.py must ask for: raised when a function changes. */
#define VERSION 6

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
__attribute__((target("bmi2,popcnt"))) static size_t
without_digits_packed(uint8_t *to, const uint8_t *text, size_t size)
{
    const uint64_t ones = 0x0101010101010101u, high = 0x80 * ones;
    size_t used = 0, whole = size & ~(size_t)7, rest = size - whole;
    if (!whole)
        return without_digits(to, text, size);
    for (size_t at = 0; at < size; at += 8) {
        uint64_t word;
        memcpy(&word, text + (at < whole ? at : size - 8), 8);
        if (at == whole)
            word = word >> (64 - 8 * rest) | '0' * ones << 8 * rest;
        uint64_t from_zero = word ^ ('0' * ones);
        /* The high bit of each byte that is no digit: from_zero is above 9. */
        uint64_t kept = (((from_zero & ~high) + (0x76 * ones)) | from_zero) & high;
        word = _pext_u64(word, (kept >> 7) * 0xff);
        memcpy(to + used, &word, 8);
        used += (size_t)__builtin_popcountll(kept);
    }
    return used;
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
    if (__builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt"))
        return without_digits_packed(to, text, size);
#else
    if (may_hold_id(text, size))
        return without_ids(to, text, size);
#endif
    return without_digits(to, text, size);
}

/* A new reference given to a list, or NULL anywhere: then the list is no result. */
static int set(PyObject *list, size_t at, PyObject *item)
{
    return item ? PyList_SetItem(list, (Py_ssize_t)at, item) : -1;
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

PyDoc_STRVAR(lines_doc,
             "lines(text, ranges)\n--\n\n"
             "Some lines of many, without their newlines.\n\n"
             "Args:\n"
             "    text: Lines; behind the last newline there is one more, perhaps an empty one.\n"
             "    ranges: The first line of each range, from 0, and the one after its last, in order and apart. What is\n"
             "        not there is left out.\n");

static PyObject *lines(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    PyObject *ranges, *found;
    Py_buffer text;
    if (!PyArg_ParseTuple(arguments, "y*O!", &text, &PyList_Type, &ranges))
        return NULL;
    const char *at = text.buf, *stop = at + text.len;
    Py_ssize_t number = 0, low, high;
    int failed = !(found = PyList_New(0));
    for (Py_ssize_t range = 0; !failed && at && range < PyList_Size(ranges); range++) {
        failed = !PyArg_ParseTuple(PyList_GetItem(ranges, range), "nn", &low, &high);
        for (; !failed && at && number < high; number++) {
            const char *newline = memchr(at, '\n', (size_t)(stop - at));
            if (number >= low) {
                PyObject *line = PyBytes_FromStringAndSize(at, (newline ? newline : stop) - at);
                failed = !line || PyList_Append(found, line) < 0;
                Py_XDECREF(line);
            }
            at = newline ? newline + 1 : NULL;
        }
    }
    PyBuffer_Release(&text);
    if (failed)
        Py_CLEAR(found);
    return found;
}

/* Literals as an automaton (Aho and Corasick, 1975): one step a byte, however many literals there are.
 *
 * What a line may match is known by alternatives: each asks for one literal of each of its lists. A literal sets the
 * bits of the lists it is in, and an alternative is left when its bit is set in every row; a row is `words` words of 64
 * alternatives. */

#define NAME "responder.triage._speed.Literals"
#define MOST_ROWS 64
#define MOST_STATES 0x7fff
#define MEETS 0x8000u /* beside a state to go to: there a literal ends */
#define MOST_LETTERS 12 /* of a literal that are looked for */
#define WHOLE 0x80000000u
#define BOUND '\b'       /* before a literal that is a whole word */

typedef struct {
    uint8_t class_of[256]; /* bytes that no literal holds share class 0 */
    size_t classes, states;
    uint16_t *next;        /* state by state and class, in the end with MEETS */
    uint16_t *link;        /* the longest suffix of a state that ends a literal, or 0 */
    uint32_t *first;       /* where the bits that a state sets by itself begin, and where those of the next one do */
    uint32_t *bits;        /* with WHOLE where the literal must be a whole word */
    uint8_t *depth;        /* letters of the longest beginning of a literal that a state stands for */
    size_t alternatives, rows, words;
    int32_t *owners;       /* of alternatives: what is told of them, or minus the bits of what is */
    uint64_t *always;
    int loud;              /* some alternative asks for nothing */
} Literals;

static void free_literals(PyObject *capsule)
{
    Literals *all = PyCapsule_GetPointer(capsule, NAME);
    if (!all)
        return;
    free(all->next);
    free(all->link);
    free(all->first);
    free(all->bits);
    free(all->depth);
    free(all->owners);
    free(all->always);
    free(all);
}

/* How a state is come to. */
typedef struct {
    uint16_t from;
    uint8_t class, depth;
} Step;

/* A literal on its way into the tree: the state it ends in, and the bit it sets there. */
typedef struct {
    uint16_t state;
    uint32_t bit;
} Mark;

typedef struct {
    Literals *all;
    Step *steps;
    Mark *marks;
    size_t used, room, bytes;
} Tree;

typedef int (*Visit)(Tree *tree, const uint8_t *text, size_t size, size_t bit);

/* Nearly every line holds one letter, unless it is a mark. */
static int says_nothing(const uint8_t *text, size_t size)
{
    return !size || (size == 1 && *text >= ' ' && *text < 0x7f);
}

static int count_literal(Tree *tree, const uint8_t *text, size_t size, size_t Py_UNUSED(bit))
{
    Literals *all = tree->all;
    for (size_t at = 0; at < size; at++)
        if (!all->class_of[text[at]])
            all->class_of[text[at]] = (uint8_t)all->classes++;
    tree->bytes += size;
    tree->room++;
    return all->class_of['\n'] || all->classes > 255 ? -1 : 0;
}

/* The state in which a text ends, 0 when there are too many; states are made as they are needed. */
static uint16_t state_of(Tree *tree, const uint8_t *text, size_t size)
{
    Literals *all = tree->all;
    uint16_t state = 0;
    for (size_t at = 0; at < size; at++) {
        uint8_t class = all->class_of[text[at]];
        uint16_t *next = &all->next[state * all->classes + class];
        if (!*next) {
            if (all->states == MOST_STATES)
                return 0;
            tree->steps[all->states] = (Step){state, class, (uint8_t)(at + 1)};
            *next = (uint16_t)all->states++;
        }
        state = *next;
    }
    return state;
}

static int is_latin(uint8_t byte)
{
    return (uint8_t)((byte | 0x20) - 'a') <= 25;
}

static int add_literal(Tree *tree, const uint8_t *text, size_t size, size_t bit)
{
    uint16_t state = state_of(tree, text, size);
    tree->marks[tree->used++] = (Mark){state, (uint32_t)bit};
    return state ? 0 : -1;
}

static void set_bit(uint64_t *bits, size_t bit)
{
    bits[bit >> 6] |= (uint64_t)1 << (bit & 63);
}

static int set_always(Tree *tree, size_t bit)
{
    if (tree->all->always)
        set_bit(tree->all->always, bit);
    return 0;
}

/* One literal of a list: what of it is looked for, and the bit that it sets; 0 when it says nothing, -1 on errors. */
static int literal_at(PyObject *list, Py_ssize_t at, const uint8_t **text, size_t *size, size_t *bit)
{
    Py_ssize_t bytes;
    const char *found = PyUnicode_AsUTF8AndSize(PyTuple_GetItem(list, at), &bytes);
    if (!found)
        return -1;
    int whole = bytes > 1 && *found == BOUND;
    *text = (const uint8_t *)found + whole;
    *size = (size_t)(bytes - whole);
    /* Of a word that is cut nothing is known about its end. */
    if (whole && *size <= MOST_LETTERS)
        *bit |= WHOLE;
    else if (says_nothing(*text, *size))
        return 0;
    if (*size > MOST_LETTERS)
        *size = MOST_LETTERS;
    return 1;
}

/* Visits the literals of one list, if they say anything; the bit of a list that does not is always set. */
static int visit_list(Tree *tree, PyObject *list, size_t bit, Visit visit)
{
    const uint8_t *text;
    size_t size, own = 0;
    Py_ssize_t count = list && PyTuple_Check(list) ? PyTuple_Size(list) : -1;
    for (Py_ssize_t at = 0; at < count; at++) {
        int says = literal_at(list, at, &text, &size, &own);
        if (says <= 0)
            return says < 0 ? -1 : set_always(tree, bit);
    }
    for (Py_ssize_t at = 0; at < count; at++) {
        own = bit;
        if (literal_at(list, at, &text, &size, &own) < 0 || visit(tree, text, size, own) < 0)
            return -1;
    }
    return count < 0 ? -1 : 0;
}

static int visit_all(Tree *tree, PyObject *alternatives, Visit visit)
{
    const Literals *all = tree->all;
    for (size_t number = 0; number < all->alternatives; number++) {
        PyObject *lists = PyList_GetItem(alternatives, (Py_ssize_t)number);
        if (!lists || !PyTuple_Check(lists) || (size_t)PyTuple_Size(lists) != all->rows)
            return -1;
        for (size_t row = 0; row < all->rows; row++)
            if (visit_list(tree, PyTuple_GetItem(lists, (Py_ssize_t)row), row * all->words * 64 + number, visit) < 0)
                return -1;
    }
    return 0;
}

/* Puts the bits of each state side by side. */
static int settle(Literals *all, const Mark *marks, size_t count)
{
    all->first = calloc(all->states + 2, sizeof *all->first);
    all->bits = calloc(count + 1, sizeof *all->bits);
    if (!all->first || !all->bits)
        return -1;
    /* Two places ahead, so that counting up while bits are put in leaves each state's beginning in its own place. */
    for (size_t at = 0; at < count; at++)
        all->first[marks[at].state + 2]++;
    for (size_t state = 1; state < all->states; state++)
        all->first[state + 1] += all->first[state];
    for (size_t at = 0; at < count; at++)
        all->bits[all->first[marks[at].state + 1]++] = marks[at].bit;
    return 0;
}

static int ends_literal(const Literals *all, uint16_t state)
{
    return all->first[state] < all->first[state + 1];
}

/* How long the text is that leads to each state. */
static int measure(Literals *all, const Step *steps)
{
    if (!(all->depth = calloc(all->states, sizeof *all->depth)))
        return -1;
    for (size_t state = 1; state < all->states; state++)
        all->depth[state] = steps[state].depth;
    return 0;
}

/* Makes of the tree a machine that never goes back: each state's missing steps are those of its longest suffix. */
static int complete(Literals *all, const Step *steps)
{
    uint16_t *fails = calloc(all->states, sizeof *fails);
    if (!fails)
        return -1;
    /* By depth, since a suffix is shorter. A row that is copied over a state's own steps gets them back from the states
     * that they lead to, before it is copied itself. */
    for (unsigned depth = 1, deepest = 1; depth <= deepest; depth++) {
        for (size_t state = 1; state < all->states; state++) {
            const Step *step = &steps[state];
            if (step->depth > deepest)
                deepest = step->depth;
            if (step->depth != depth)
                continue;
            fails[state] = step->from ? all->next[fails[step->from] * all->classes + step->class] : 0;
            all->next[step->from * all->classes + step->class] = (uint16_t)state;
        }
        for (size_t state = 1; state < all->states; state++)
            if (steps[state].depth == depth) {
                uint16_t fail = fails[state];
                all->link[state] = fail && ends_literal(all, fail) ? fail : all->link[fail];
                memcpy(&all->next[state * all->classes], &all->next[fail * all->classes],
                       all->classes * sizeof *all->next);
            }
    }
    free(fails);
    return 0;
}

/* Notes beside each step whether it leads to where a literal ends. */
static void note_ends(Literals *all)
{
    for (size_t at = 0; at < all->states * all->classes; at++)
        if (all->next[at] && (ends_literal(all, all->next[at]) || all->link[all->next[at]]))
            all->next[at] |= MEETS;
}

/* Makes room for what the first visit has counted. */
static int make_room(Tree *tree)
{
    Literals *all = tree->all;
    size_t words = all->rows * all->words;
    size_t states = tree->bytes < MOST_STATES ? tree->bytes + 1 : MOST_STATES;
    tree->marks = calloc(tree->room + 1, sizeof *tree->marks);
    tree->steps = calloc(states, sizeof *tree->steps);
    all->next = calloc(states * all->classes, sizeof *all->next);
    all->link = calloc(states, sizeof *all->link);
    all->always = calloc(words, sizeof *all->always);
    return tree->marks && tree->steps && all->next && all->link && all->always ? 0 : -1;
}

/* Notes whether what is always set leaves an alternative in every line. */
static void note_always(Literals *all)
{
    for (size_t word = 0; word < all->words; word++) {
        uint64_t left = all->always[word];
        for (size_t row = 1; row < all->rows; row++)
            left &= all->always[row * all->words + word];
        all->loud |= left != 0;
    }
}

static int fill(Literals *all, PyObject *alternatives)
{
    Tree tree = {.all = all};
    all->classes = 1;
    if (visit_all(&tree, alternatives, count_literal) < 0)
        return -1;
    int failed = make_room(&tree);
    if (!failed) {
        all->states = 1;
        failed = visit_all(&tree, alternatives, add_literal);
    }
    if (!failed) {
        note_always(all);
        failed = settle(all, tree.marks, tree.used) < 0 || complete(all, tree.steps) < 0
                 || measure(all, tree.steps) < 0;
        if (failed)
            PyErr_NoMemory();
        else
            note_ends(all);
    }
    free(tree.marks);
    free(tree.steps);
    return failed ? -1 : 0;
}

/* Takes the owners over; returns -1 when there are not as many as alternatives, or memory is used up. */
static int own(Literals *all, PyObject *owners)
{
    if ((size_t)PyList_Size(owners) != all->alternatives)
        return -1;
    if (!(all->owners = calloc(all->alternatives, sizeof *all->owners))) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t at = 0; at < all->alternatives; at++) {
        long owner = PyLong_AsLong(PyList_GetItem(owners, (Py_ssize_t)at));
        if (PyErr_Occurred() || owner > INT32_MAX || owner < -INT32_MAX)
            return -1;
        all->owners[at] = (int32_t)owner;
    }
    return 0;
}

PyDoc_STRVAR(literals_doc,
             "literals(alternatives, fold, owners)\n--\n\n"
             "An automaton that finds many literals at once.\n\n"
             "Args:\n"
             "    alternatives: A list of tuples of as many lists of literals each; a list is a tuple of strings without\n"
             "        newlines. A list with a literal of less than two letters asks for nothing. A literal after \\b is a\n"
             "        whole word: no letter stands before or after it.\n"
             "    fold: Capital letters of a line count as small ones.\n"
             "    owners: For each alternative the number to tell in its place, or minus the bits to tell. Those of one\n"
             "        owner stand together.\n\n"
             "Raises:\n"
             "    ValueError: An argument is not as stated.\n");

static PyObject *literals(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    PyObject *alternatives, *owners;
    int fold;
    if (!PyArg_ParseTuple(arguments, "O!pO!", &PyList_Type, &alternatives, &fold, &PyList_Type, &owners))
        return NULL;
    Literals *all = calloc(1, sizeof *all);
    PyObject *capsule = all ? PyCapsule_New(all, NAME, free_literals) : PyErr_NoMemory();
    if (!capsule) {
        free(all);
        return NULL;
    }
    all->alternatives = (size_t)PyList_Size(alternatives);
    PyObject *one = all->alternatives ? PyList_GetItem(alternatives, 0) : NULL;
    all->rows = one && PyTuple_Check(one) ? (size_t)PyTuple_Size(one) : 0;
    all->words = (all->alternatives + 63) / 64;
    if (!all->rows || all->rows > MOST_ROWS || all->words > 4096 || own(all, owners) < 0
        || fill(all, alternatives) < 0) {
        Py_DECREF(capsule);
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "alternatives that cannot be searched for");
        return NULL;
    }
    for (uint8_t letter = 'A'; fold && letter <= 'Z'; letter++)
        all->class_of[letter] = all->class_of[letter | 0x20];
    return capsule;
}

/* Appends (line, [owners], bits) when the bits of at least one alternative are set in every row. */
static int tell(const Literals *all, const uint64_t *held, size_t line, PyObject *found)
{
    PyObject *owners = NULL;
    int32_t last = -1, told = 0;
    for (size_t word = 0; word < all->words; word++) {
        uint64_t every = held[word];
        for (size_t row = 1; row < all->rows; row++)
            every &= held[row * all->words + word];
        for (; every; every &= every - 1) {
            int32_t owner = all->owners[word * 64 + (size_t)__builtin_ctzll(every)];
            if (!owners && !(owners = PyList_New(0)))
                return -1;
            if (owner < 0) {
                told |= -owner;
                continue;
            }
            PyObject *number = owner == last ? NULL : PyLong_FromLong(owner);
            if (owner != last && (!number || PyList_Append(owners, number) < 0)) {
                Py_XDECREF(number);
                Py_DECREF(owners);
                return -1;
            }
            Py_XDECREF(number);
            last = owner;
        }
    }
    if (!owners)
        return 0;
    PyObject *item = Py_BuildValue("nNi", (Py_ssize_t)line, owners, (int)told);
    int failed = !item || PyList_Append(found, item) < 0;
    Py_XDECREF(item);
    return failed ? -1 : 0;
}

PyDoc_STRVAR(search_doc,
             "search(literals, text)\n--\n\n"
             "Which alternatives may match which lines.\n\n"
             "Args:\n"
             "    literals: What `literals` made.\n"
             "    text: Lines, with a newline between each two of them.\n\n"
             "Returns:\n"
             "    Number of a line from 0, the owners of alternatives of which it holds one literal of each list, and the\n"
             "    bits of those that have bits; only lines that have any, all in order.\n");

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
        const uint8_t *at = text.buf, *stop = at + text.len, *begin = at;
        uint16_t state = 0;
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
                begin = at + 1;
                continue;
            }
            state = all->next[state * all->classes + all->class_of[*at]];
            if (!(state & MEETS))
                continue;
            state &= ~MEETS;
            for (uint16_t end = ends_literal(all, state) ? state : all->link[state]; end; end = all->link[end]) {
                const uint8_t *start = at - all->depth[end] + 1;
                int whole = !(start > begin && is_latin(start[-1])) && !(at + 1 < stop && is_latin(at[1]));
                touched = 1;
                for (uint32_t bit = all->first[end]; bit < all->first[end + 1]; bit++)
                    if (whole || !(all->bits[bit] & WHOLE))
                        set_bit(held, all->bits[bit] & ~WHOLE);
            }
        }
    } else if (all && !PyErr_Occurred()) {
        PyErr_NoMemory();
    }
    free(held);
    PyBuffer_Release(&text);
    return found;
}

/* Moments as most logs write them: 2026-01-02T03:04:05.678Z, 2026-01-02 03:04:05,678, with or without +01:00. */

#define UNREAD INT64_MIN

static int number_of(const uint8_t *text, size_t digits)
{
    int number = 0;
    for (size_t at = 0; at < digits; at++) {
        if (!is_digit(text[at]))
            return -1;
        number = 10 * number + (text[at] - '0');
    }
    return number;
}

/* Days since 1970-01-01 of a date of the Gregorian calendar, whatever its year (Hinnant, "chrono-compatible low-level
 * date algorithms"). */
static int64_t days_of(int year, int month, int day)
{
    year -= month <= 2;
    int era = year / 400, year_of_era = year - era * 400;
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (int64_t)era * 146097 + day_of_era - 719468;
}

static int is_date(int year, int month, int day)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1 || month < 1 || month > 12 || day < 1)
        return 0;
    int leap = month == 2 && !(year % 4) && (year % 100 || !(year % 400));
    return day <= days[month - 1] + leap;
}

/* Microseconds since 1970 UTC of a moment that is exactly the text, or UNREAD; `zoned`: it names a zone. */
static int64_t moment_of(const uint8_t *text, size_t size, int *zoned)
{
    static const size_t zone = sizeof "+00:00" - 1, least = sizeof "2026-01-02T03:04:05" - 1;
    if (size < least || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != ' ') || text[13] != ':'
        || text[16] != ':')
        return UNREAD;
    int year = number_of(text, 4), month = number_of(text + 5, 2), day = number_of(text + 8, 2);
    int hour = number_of(text + 11, 2), minute = number_of(text + 14, 2), second = number_of(text + 17, 2);
    if (!is_date(year, month, day) || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return UNREAD;
    size_t at = least;
    int64_t fraction = 0, unit = 100000, offset = 0;
    if (at + 1 < size && (text[at] == '.' || text[at] == ',') && is_digit(text[at + 1]))
        for (at++; at < size && is_digit(text[at]); at++, unit /= 10)
            fraction += unit * (text[at] - '0');
    *zoned = at < size;
    if (at + 1 == size && text[at] == 'Z') {
        at++;
    } else if (at + 4 == size && (!memcmp(text + at, " UTC", 4) || !memcmp(text + at, " GMT", 4))) {
        at += 4;
    } else if (at + zone == size && (text[at] == '+' || text[at] == '-') && text[at + 3] == ':') {
        int hours = number_of(text + at + 1, 2), minutes = number_of(text + at + 4, 2);
        if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
            return UNREAD;
        offset = (text[at] == '-' ? -60 : 60) * (hours * 60 + minutes);
        at += zone;
    }
    /* More digits than a microsecond has are rounded where no zone is named. */
    if (at != size || (!*zoned && size > sizeof "2026-01-02T03:04:05.123456" - 1))
        return UNREAD;
    int64_t seconds = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset;
    return seconds * 1000000 + fraction;
}

/* The moment that stands between two bytes of a line and is no part of a longer number or word. */
static int64_t moment_at(const uint8_t *line, size_t size, Py_ssize_t start, Py_ssize_t end, int *zoned)
{
    if (start < 0 || end <= start || (size_t)end > size || (start && is_digit(line[start - 1])))
        return UNREAD;
    if ((size_t)end < size && (is_alnum(line[end]) || line[end] >= 0x80))
        return UNREAD;
    for (Py_ssize_t at = 0; at < start; at++)
        if (line[at] >= 0x80)
            return UNREAD;
    return moment_of(line + start, (size_t)(end - start), zoned);
}

PyDoc_STRVAR(moments_doc,
             "moments(lines, places)\n--\n\n"
             "When lines were written, where they say so in the most usual way.\n\n"
             "Args:\n"
             "    lines: A list of bytes.\n"
             "    places: For each line a tuple of first byte of its moment and the byte after it, or None.\n\n"
             "Returns:\n"
             "    Seconds since 1970 UTC of each line, None where that has to be found out otherwise; and whether some\n"
             "    moment names no zone.\n");

static PyObject *moments(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    const int64_t exact = (int64_t)1 << 53;
    PyObject *lines, *places;
    if (!PyArg_ParseTuple(arguments, "O!O!", &PyList_Type, &lines, &PyList_Type, &places))
        return NULL;
    Py_ssize_t count = PyList_Size(lines);
    if (PyList_Size(places) != count) {
        PyErr_SetString(PyExc_ValueError, "as many places as lines are needed");
        return NULL;
    }
    PyObject *found = PyList_New(count);
    int unzoned = 0;
    for (Py_ssize_t at = 0; found && at < count; at++) {
        PyObject *place = PyList_GetItem(places, at);
        int64_t micros = UNREAD;
        if (place != Py_None) {
            char *line;
            Py_ssize_t size, start, end;
            int zoned = 1;
            if (!PyTuple_Check(place) || !PyArg_ParseTuple(place, "nn", &start, &end)
                || PyBytes_AsStringAndSize(PyList_GetItem(lines, at), &line, &size) < 0) {
                Py_CLEAR(found);
                break;
            }
            micros = moment_at((uint8_t *)line, (size_t)size, start, end, &zoned);
            if (micros > exact || micros < -exact)
                micros = UNREAD;
            unzoned |= micros != UNREAD && !zoned;
        }
        PyObject *seconds = micros == UNREAD ? Py_NewRef(Py_None) : PyFloat_FromDouble((double)micros / 1e6);
        if (set(found, (size_t)at, seconds) < 0)
            Py_CLEAR(found);
    }
    if (!found && !PyErr_Occurred())
        PyErr_SetString(PyExc_TypeError, "a place is a tuple of two numbers");
    return found ? Py_BuildValue("NN", found, PyBool_FromLong(unzoned)) : NULL;
}

#include "_counter.h"

static PyMethodDef methods[] = {
    {"keys", keys, METH_O, keys_doc},
    {"counter", counter, METH_VARARGS, counter_doc},
    {"count", count, METH_VARARGS, count_doc},
    {"merge", merge, METH_VARARGS, merge_doc},
    {"kept", kept, METH_VARARGS, kept_doc},
    {"moments", moments, METH_VARARGS, moments_doc},
    {"literals", literals, METH_VARARGS, literals_doc},
    {"lines", lines, METH_VARARGS, lines_doc},
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
    fill_crc_table();
    Py_DECREF(bytes);
    PyObject *created = PyModule_Create(&module);
    if (created && PyModule_AddIntConstant(created, "VERSION", VERSION) < 0)
        Py_CLEAR(created);
    return created;
}
