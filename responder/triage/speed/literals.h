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
