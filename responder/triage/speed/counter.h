/* Counts the kinds of lines of one file, chunk by chunk, and says which of them to look at. Twin: scan.py. */

#define MOST_MARKS 16
#define MOST_MARK_BYTES 64
#define COUNTER "responder.triage._speed.Counter"

typedef struct {
    Table kinds, minutes;
    Trouble *trouble;
    size_t start, end; /* the moment within a line; zeros when lines have no such place */
    uint8_t marks[MOST_MARKS][MOST_MARK_BYTES];
    size_t mark_sizes[MOST_MARKS], marked;
    Py_ssize_t next; /* where the next chunk may begin */
    int busy;
} Counter;

static int is_moment(const uint8_t *text)
{
    for (int at = 0; at < 4; at++)
        if (text[at] < '0' || text[at] > '9')
            return 0;
    return text[4] == '-' || text[4] == '/';
}

/* The same lines with other bytes for the digits that make a difference, or NULL when memory is used up. */
static uint8_t *marked(const Counter *all, const uint8_t *body, size_t size)
{
    uint8_t *copy = malloc(size + 1), *at;
    if (!copy)
        return NULL;
    memcpy(copy, body, size);
    for (size_t mark = 0; mark < all->marked; mark++) {
        size_t length = all->mark_sizes[mark];
        for (at = copy; (at = memmem(at, (size_t)(copy + size - at), all->marks[mark], length)); at += length)
            at[length - 1] |= 0x80;
    }
    return copy;
}

/* Counts all lines of a chunk; returns how many there are, or -1 when memory is used up. */
static Py_ssize_t count_lines(Counter *all, const uint8_t *body, size_t size, uint64_t chunk)
{
    uint8_t *keys = malloc(2 * (size + 8)), *copy = all->marked ? marked(all, body, size) : NULL;
    const uint8_t *keyed = copy ? copy : body;
    Line line = {.chunk = chunk}, before = line, minute = {.text = body, .chunk = chunk};
    int failed = !keys || (all->marked && !copy);
    size_t room = size + 8;
    size -= size && body[size - 1] == '\n';
    for (size_t begin = 0; begin <= size && !failed; line.number++) {
        const uint8_t *newline = begin < size ? memchr(body + begin, '\n', size - begin) : NULL;
        line.text = body + begin;
        line.size = newline ? (size_t)(newline - line.text) : size - begin;
        uint8_t *key = keys + (line.number & 1) * room;
        give_key(&all->kinds, &line, key, key_into(key, keyed + begin, line.size));
        failed = before.key && note(&all->kinds, all->trouble, &before) < 0;
        before = line;
        if (all->end && line.size >= all->end && is_moment(line.text + all->start)) {
            give_key(&all->minutes, &minute, line.text + all->start, all->end - all->start);
            failed |= note(&all->minutes, all->trouble, &minute) < 0;
        }
        begin += line.size + 1;
    }
    failed = failed || (before.key && note(&all->kinds, all->trouble, &before) < 0);
    free(keys);
    free(copy);
    return failed ? -1 : (Py_ssize_t)line.number;
}

static int by_number(const void *first, const void *second)
{
    const Ranked *one = first, *other = second;
    return one->number < other->number ? -1 : one->number > other->number;
}

/* The kinds to look at in the order in which they were met; NULL when memory is used up. */
static Ranked *chosen(Counter *all, size_t *most)
{
    Table *kinds = &all->kinds;
    if (cut(kinds, all->trouble) < 0 || cut(&all->minutes, all->trouble) < 0)
        return NULL;
    if (kinds->used <= *most) {
        *most = kinds->used;
        return ranked_of(kinds);
    }
    rank_all(kinds, all->trouble);
    Ranked *ranked = ranked_of(kinds);
    if (!ranked)
        return NULL;
    if (put_in_order(ranked, kinds->used) < 0 || take_turns(ranked, kinds->used, all->trouble) < 0
        || take_first(ranked, kinds->used, *most) < 0) {
        free(ranked);
        return NULL;
    }
    qsort(ranked, *most, sizeof *ranked, by_number);
    return ranked;
}

static PyObject *told(const Table *all, const Kind *kind)
{
    const char *text = (char *)all->store + kind->text;
    return Py_BuildValue("y#K(KI)(KI)y#", text, (Py_ssize_t)kind->size, (unsigned long long)kind->count,
                         (unsigned long long)kind->first_chunk, kind->first, (unsigned long long)kind->last_chunk,
                         kind->last, text + kind->size, (Py_ssize_t)kind->shown);
}

static PyObject *told_kinds(const Table *all, const Ranked *ranked, size_t most)
{
    PyObject *list = PyList_New((Py_ssize_t)most);
    for (size_t at = 0; list && at < most; at++) {
        PyObject *kind = told(all, &all->kinds[ranked[at].number]);
        if (!kind || PyList_SetItem(list, (Py_ssize_t)at, kind) < 0)
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *told_minutes(const Table *all)
{
    PyObject *minutes = PyDict_New();
    for (const Kind *kind = all->kinds; minutes && kind < all->kinds + all->used; kind++) {
        PyObject *text = PyBytes_FromStringAndSize((char *)all->store + kind->text, (Py_ssize_t)kind->size);
        PyObject *count = PyLong_FromUnsignedLongLong(kind->count);
        int failed = !text || !count || PyDict_SetItem(minutes, text, count) < 0;
        Py_XDECREF(text);
        Py_XDECREF(count);
        if (failed)
            Py_CLEAR(minutes);
    }
    return minutes;
}

static void free_counter(PyObject *capsule)
{
    Counter *all = PyCapsule_GetPointer(capsule, COUNTER);
    if (!all)
        return;
    release(&all->kinds);
    release(&all->minutes);
    free(all->trouble);
    free(all);
}

/* The counter in a capsule; NULL with an exception when it is none, or another thread counts with it. */
static Counter *idle(PyObject *capsule)
{
    Counter *all = PyCapsule_GetPointer(capsule, COUNTER);
    if (all && all->busy) {
        PyErr_SetString(PyExc_ValueError, "another thread counts with this");
        return NULL;
    }
    return all;
}

static int take_marks(Counter *all, PyObject *marks)
{
    Py_ssize_t count = PyList_Size(marks), length;
    char *text;
    if (count > MOST_MARKS)
        return -1;
    for (; all->marked < (size_t)count; all->marked++) {
        if (PyBytes_AsStringAndSize(PyList_GetItem(marks, (Py_ssize_t)all->marked), &text, &length) < 0)
            return -1;
        if (length < 1 || length > MOST_MARK_BYTES)
            return -1;
        memcpy(all->marks[all->marked], text, (size_t)length);
        all->mark_sizes[all->marked] = (size_t)length;
    }
    return 0;
}

PyDoc_STRVAR(counter_doc,
             "counter(start, end, marks, trouble, most, most_minutes)\n--\n\n"
             "What counts the kinds of lines of one file.\n\n"
             "Args:\n"
             "    start: First byte of the moment within a line.\n"
             "    end: The byte after it; 0 when lines have no such place.\n"
             "    marks: Bytes that end in a digit that makes another kind of a line, as a list.\n"
             "    trouble: What `literals` made of words of trouble in lower case.\n"
             "    most: What the kinds that are kept may cost: 100 each, and the bytes of their keys.\n"
             "    most_minutes: The same for moments.\n\n"
             "Raises:\n"
             "    ValueError: Something is not as stated.\n");

static PyObject *counter(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    PyObject *marks, *trouble;
    Py_ssize_t start, end, most, most_minutes;
    if (!PyArg_ParseTuple(arguments, "nnO!Onn", &start, &end, &PyList_Type, &marks, &trouble, &most, &most_minutes))
        return NULL;
    const Literals *words = PyCapsule_GetPointer(trouble, NAME);
    if (!words)
        return NULL;
    Counter *all = calloc(1, sizeof *all);
    PyObject *capsule = all ? PyCapsule_New(all, COUNTER, free_counter) : PyErr_NoMemory();
    if (!capsule) {
        free(all);
        return NULL;
    }
    all->trouble = trouble_of(words);
    all->start = (size_t)start;
    all->end = (size_t)end;
    all->kinds.most = (size_t)most;
    all->minutes.most = (size_t)most_minutes;
    all->kinds.bar = all->minutes.bar = UNRANKED;
    if (!all->trouble || start < 0 || (end && end - start < 5) || end < 0 || most < LEAST_COST || most_minutes < LEAST_COST
        || take_marks(all, marks) < 0) {
        Py_DECREF(capsule);
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "no room for a moment or a kind, or too many or too long marks or words");
        return NULL;
    }
    return capsule;
}

PyDoc_STRVAR(count_doc,
             "count(counter, chunk, offset)\n--\n\n"
             "Count the lines of the next chunk of a file.\n\n"
             "Args:\n"
             "    counter: What `counter` made.\n"
             "    chunk: Lines; the last one may lack its newline.\n"
             "    offset: Where the chunk begins in the file, behind all that were counted before.\n\n"
             "Returns:\n"
             "    How many lines there are, and how many kinds are known now.\n\n"
             "Raises:\n"
             "    ValueError: The chunk is no later one, or another thread counts with this.\n");

static PyObject *count(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    PyObject *capsule, *result = NULL;
    Py_buffer body;
    Py_ssize_t offset;
    if (!PyArg_ParseTuple(arguments, "Oy*n", &capsule, &body, &offset))
        return NULL;
    Counter *all = idle(capsule);
    if (all && (offset < all->next || body.len >= UINT32_MAX)) {
        PyErr_SetString(PyExc_ValueError, "chunks must be counted in order, and be shorter than 4 GB");
    } else if (all) {
        Py_ssize_t lines;
        all->busy = 1;
        all->next = offset < PY_SSIZE_T_MAX ? offset + 1 : offset;
        Py_BEGIN_ALLOW_THREADS
        lines = count_lines(all, body.buf, (size_t)body.len, (uint64_t)offset);
        Py_END_ALLOW_THREADS
        all->busy = 0;
        result = lines < 0 ? PyErr_NoMemory() : Py_BuildValue("nn", lines, (Py_ssize_t)all->kinds.used);
    }
    PyBuffer_Release(&body);
    return result;
}

PyDoc_STRVAR(merge_doc,
             "merge(counter, other)\n--\n\n"
             "Take in what another counter has counted of the same file; which of them takes in which makes no difference.\n\n"
             "Args:\n"
             "    counter: What `counter` made.\n"
             "    other: Another one with the same arguments, that has counted other chunks.\n\n"
             "Raises:\n"
             "    ValueError: They were made otherwise, are one, or another thread counts with one of them.\n");

static int alike(const Counter *one, const Counter *other)
{
    return one != other && one->start == other->start && one->end == other->end && one->marked == other->marked
           && one->kinds.most == other->kinds.most && one->minutes.most == other->minutes.most
           && !memcmp(one->mark_sizes, other->mark_sizes, sizeof one->mark_sizes)
           && !memcmp(one->marks, other->marks, sizeof one->marks);
}

static PyObject *merge(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    PyObject *into, *from;
    if (!PyArg_ParseTuple(arguments, "OO", &into, &from))
        return NULL;
    Counter *one = idle(into), *other = one ? idle(from) : NULL;
    if (!other)
        return NULL;
    if (!alike(one, other)) {
        PyErr_SetString(PyExc_ValueError, "counters of one file are merged, that were made with the same arguments");
        return NULL;
    }
    if (join(&one->kinds, &other->kinds, one->trouble) < 0 || join(&one->minutes, &other->minutes, one->trouble) < 0)
        return PyErr_NoMemory();
    if (one->next < other->next)
        one->next = other->next;
    return Py_NewRef(Py_None);
}

PyDoc_STRVAR(kept_doc,
             "kept(counter, most)\n--\n\n"
             "What was counted.\n\n"
             "Args:\n"
             "    counter: What `counter` made.\n"
             "    most: Kinds to hand over, those to look at first before all others.\n\n"
             "Returns:\n"
             "    Of each such kind key, count, where it stands first and last, and its first line, in the order of\n"
             "    first lines; lines by the text of their moment; lines of kinds that were not kept; kinds that were.\n\n"
             "Raises:\n"
             "    ValueError: Another thread counts with this.\n");

static PyObject *kept(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    PyObject *capsule, *kinds = NULL, *minutes = NULL, *result = NULL;
    Py_ssize_t wanted;
    if (!PyArg_ParseTuple(arguments, "On", &capsule, &wanted))
        return NULL;
    Counter *all = idle(capsule);
    if (!all)
        return NULL;
    size_t most = wanted < 0 ? 0 : (size_t)wanted;
    Ranked *ranked;
    all->busy = 1;
    Py_BEGIN_ALLOW_THREADS
    ranked = chosen(all, &most);
    Py_END_ALLOW_THREADS
    all->busy = 0;
    if (!ranked)
        return PyErr_NoMemory();
    if ((kinds = told_kinds(&all->kinds, ranked, most)) && (minutes = told_minutes(&all->minutes)))
        result = Py_BuildValue("OOKn", kinds, minutes, (unsigned long long)all->kinds.dropped,
                               (Py_ssize_t)all->kinds.used);
    Py_XDECREF(kinds);
    Py_XDECREF(minutes);
    free(ranked);
    return result;
}
