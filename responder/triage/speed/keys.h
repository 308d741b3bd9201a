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
