/* The contents of memory as one number, read at the speed of the memory.

   Each lane folds every LANES-th word as acc = rotl((acc ^ word) * odd, 29): a bijection of acc, so
   that two contents that differ in a single word of a lane never give one number, and others do
   as often as 64-bit hashes do. */

#include "paddlefx.h"

#include <string.h>

#define LANES 32 /* enough that no lane waits for its own multiplication */
#define MULTIPLIER 0x9E3779B97F4A7C15ULL

static inline uint64_t
fold(uint64_t acc, uint64_t word)
{
    acc = (acc ^ word) * MULTIPLIER;
    return (acc << 29) | (acc >> 35);
}

/* One build for each kind of vector unit; the loader picks. */
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) \
    && defined(__GNUC__) && __GNUC__ >= 12
__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
static uint64_t
fold_block(uint64_t seed, const char *data, size_t size)
{
    uint64_t acc[LANES], word[LANES];
    for (int lane = 0; lane < LANES; lane++) {
        acc[lane] = seed + (uint64_t)lane;
    }
    size_t step = sizeof(word), whole = size - size % step;
    for (size_t at = 0; at < whole; at += step) {
        memcpy(word, data + at, step);
        for (int lane = 0; lane < LANES; lane++) {
            acc[lane] = fold(acc[lane], word[lane]);
        }
    }
    memset(word, 0, step);
    memcpy(word, data + whole, size - whole);
    uint64_t result = (uint64_t)size;
    for (int lane = 0; lane < LANES; lane++) {
        result = fold(result, fold(acc[lane], word[lane]));
    }
    return result;
}

typedef struct {
    const char *data;
    size_t size;
} block;

static PyObject *
fingerprint(PyObject *Py_UNUSED(module), PyObject *argument)
{
    PyObject *pairs = PySequence_Fast(argument, "fingerprint() takes a sequence of pairs");
    if (pairs == NULL) {
        return NULL;
    }
    Py_ssize_t count = PySequence_Fast_GET_SIZE(pairs);
    block *blocks = PyMem_New(block, count + 1);
    if (blocks == NULL) {
        Py_DECREF(pairs);
        return PyErr_NoMemory();
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *pair = PySequence_Fast_GET_ITEM(pairs, i);
        if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2) {
            PyErr_SetString(PyExc_TypeError, "fingerprint() takes pairs (address, bytes)");
            goto fail;
        }
        blocks[i].data = PyLong_AsVoidPtr(PyTuple_GET_ITEM(pair, 0));
        blocks[i].size = PyLong_AsSize_t(PyTuple_GET_ITEM(pair, 1));
        if (PyErr_Occurred()) {
            goto fail;
        }
    }
    uint64_t result = (uint64_t)count;
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t i = 0; i < count; i++) {
        if (blocks[i].size > 0) {
            result = fold_block(result, blocks[i].data, blocks[i].size);
        }
    }
    Py_END_ALLOW_THREADS
    PyMem_Free(blocks);
    Py_DECREF(pairs);
    return PyLong_FromUnsignedLongLong(result);
fail:
    PyMem_Free(blocks);
    Py_DECREF(pairs);
    return NULL;
}

PyMethodDef pfx_fingerprint_methods[] = {
    {"fingerprint", fingerprint, METH_O,
     "fingerprint([(address, bytes), ...]): a number of 64 bits for the contents of this memory,\n"
     "which has to be there and readable"},
    {NULL, NULL, 0, NULL},
};
