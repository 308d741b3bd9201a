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
