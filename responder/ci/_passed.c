/* Reads the tests of a JUnit file that simply passed, which are nearly all of a large one, without the parser.
 *
 * What it takes is a narrow part of XML in which nothing can be wrong or mean something else: `<testcase>` with nothing
 * inside, attributes of printable ASCII without entities, no name twice. At anything else it stops, and the parser goes
 * on there; so its twin is the parser itself, and where this was not compiled the parser reads all.
 *
 * The files are untrusted: nothing is read past the end of the buffer, and nothing is copied that may not fit.
 */
#define Py_LIMITED_API 0x030b0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

#define MOST_ATTRIBUTES 16
#define MOST_ID 4096

typedef struct {
    const char *start;
    size_t size;
} Text;

typedef struct {
    Text owner, name;
    /* Where the parser says that the element ends: before its closing tag, or behind the only one. */
    const char *closed;
} Test;

static int is_letter(char byte)
{
    return (uint8_t)((byte | 0x20) - 'a') <= 25 || byte == '_';
}

static int is_name(char byte)
{
    return is_letter(byte) || (uint8_t)(byte - '0') <= 9 || byte == '-' || byte == '.';
}

/* Stands in a value for itself. */
static int is_plain(char byte)
{
    return byte >= ' ' && byte <= '~' && byte != '<' && byte != '&';
}

static const char *past_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    return at;
}

/* Behind `word`, or NULL where something else stands. */
static const char *past(const char *at, const char *end, const char *word)
{
    size_t size = strlen(word);
    return (size_t)(end - at) >= size && memcmp(at, word, size) == 0 ? at + size : NULL;
}

static int is_same(Text one, Text other)
{
    return one.size == other.size && memcmp(one.start, other.start, one.size) == 0;
}

/* Behind `name="value"`, or NULL. */
static const char *attribute(const char *at, const char *end, Text *name, Text *value)
{
    name->start = at;
    if (at < end && is_letter(*at))
        while (at < end && is_name(*at))
            at++;
    name->size = (size_t)(at - name->start);
    at = past_blanks(at, end);
    if (!name->size || at == end || *at != '=')
        return NULL;
    at = past_blanks(at + 1, end);
    if (at == end || (*at != '"' && *at != '\''))
        return NULL;
    char quote = *at++;
    value->start = at;
    while (at < end && is_plain(*at) && *at != quote)
        at++;
    value->size = (size_t)(at - value->start);
    return at < end && *at == quote ? at + 1 : NULL;
}

/* Behind a test that passed, or NULL where no such test stands. */
static const char *test(const char *at, const char *end, Test *test)
{
    Text names[MOST_ATTRIBUTES], value;
    size_t count = 0;
    test->owner = test->name = (Text){"", 0};
    at = past(at, end, "<testcase");
    while (at) {
        const char *gap = at;
        at = past_blanks(at, end);
        if (at < end && *at == '/')
            return test->closed = past(at, end, "/>");
        if (at < end && *at == '>') {
            test->closed = past_blanks(at + 1, end);
            at = past(test->closed, end, "</testcase");
            return at ? past(past_blanks(at, end), end, ">") : NULL;
        }
        if (at == gap || count == MOST_ATTRIBUTES || !(at = attribute(at, end, &names[count], &value)))
            return NULL;
        for (size_t other = 0; other < count; other++)
            if (is_same(names[other], names[count]))
                return NULL;
        if (is_same(names[count], (Text){"classname", 9}))
            test->owner = value;
        else if (is_same(names[count], (Text){"name", 4}))
            test->name = value;
        count++;
    }
    return NULL;
}

/* What the reader calls the test, with a size of 0 when it is too long or has no name at all. */
static size_t identity(const Test *test, Text suite, char id[MOST_ID])
{
    Text owner = test->owner.size ? test->owner : suite;
    size_t size = 0;
    if (owner.size >= MOST_ID / 2 || test->name.size >= MOST_ID / 2 - 2)
        return 0;
    if (owner.size && !is_same(owner, test->name)) {
        memcpy(id, owner.start, owner.size);
        memcpy(id + owner.size, "::", 2);
        size = owner.size + 2;
    }
    memcpy(id + size, test->name.start, test->name.size);
    return size + test->name.size;
}

PyDoc_STRVAR(passed_doc,
             "passed(data, start, suite, ids, /)\n--\n\n"
             "Take the tests that passed and stand one behind the other.\n\n"
             "Args:\n"
             "    data: Of the file, in an encoding that has ASCII in it.\n"
             "    start: Where the content of an element goes on.\n"
             "    suite: Owns the tests that name no class.\n"
             "    ids: A set to which the tests are added.\n\n"
             "Returns:\n"
             "    Where the last one ends, and where the parser would have said so; twice `start` if there is none.\n");

static PyObject *passed(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    const char *data;
    char id[MOST_ID];
    Py_ssize_t size, start, suite_size;
    Text suite;
    PyObject *ids;
    Test one;
    if (!PyArg_ParseTuple(arguments, "y#ns#O!", &data, &size, &start, &suite.start, &suite_size, &PySet_Type, &ids))
        return NULL;
    if (start < 0 || start > size) {
        PyErr_SetString(PyExc_ValueError, "the start is outside the data");
        return NULL;
    }
    suite.size = (size_t)suite_size;
    const char *end = data + size, *behind = data + start, *closed = behind, *next;
    while ((next = test(past_blanks(behind, end), end, &one))) {
        size_t length = identity(&one, suite, id);
        if (!length)
            break;
        PyObject *text = PyUnicode_DecodeUTF8(id, (Py_ssize_t)length, NULL);
        int added = text ? PySet_Add(ids, text) : -1;
        Py_XDECREF(text);
        if (added < 0)
            return NULL;
        behind = next;
        closed = one.closed;
    }
    return Py_BuildValue("nn", (Py_ssize_t)(behind - data), (Py_ssize_t)(closed - data));
}

static PyMethodDef methods[] = {
    {"passed", passed, METH_VARARGS, passed_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_passed", "Reads tests that passed.", -1, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__passed(void)
{
    return PyModule_Create(&module);
}
