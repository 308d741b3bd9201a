/* The loops of triage that look at every byte or line, each with a slower twin in Python that gives the same result.
 * They stand in the folder `speed`, each subject in a file.
 *
 * keys    gives lines without their numbers and ids. Twin: lines.py.
 * lines   gives some lines of many. Twin: lines.py.
 * count   counts the kinds of lines of a file by their keys. Twin: scan.py.
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

/* A new reference given to a list, or NULL anywhere: then the list is no result. */
static int set(PyObject *list, size_t at, PyObject *item)
{
    return item ? PyList_SetItem(list, (Py_ssize_t)at, item) : -1;
}

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

#include "speed/keys.h"
#include "speed/literals.h"
#include "speed/moments.h"
#include "speed/ranks.h"
#include "speed/table.h"
#include "speed/groups.h"
#include "speed/counter.h"

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
