/* Whether memory holds nothing but finite numbers.

   IEEE 754 (3.4): what is infinite or no number has an exponent of ones, and nothing else has. */

#include "paddlefx.h"

#include <string.h>

#define BLOCK 4096 /* elements between two looks at what was found */

/* One build for each kind of vector unit; the loader picks. */
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) \
    && defined(__GNUC__) && __GNUC__ >= 12
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif

#define DEFINE_SCAN(name, word, exponent)                                 \
    CLONES static int name(const char *data, size_t count)                \
    {                                                                     \
        for (size_t at = 0; at < count; at += BLOCK) {                    \
            size_t size = count - at < BLOCK ? count - at : BLOCK;        \
            const char *from = data + at * sizeof(word);                  \
            word found = 0;                                               \
            for (size_t i = 0; i < size; i++) {                           \
                word bits;                                                \
                memcpy(&bits, from + i * sizeof(word), sizeof(word));     \
                found |= (bits & (exponent)) == (exponent);               \
            }                                                             \
            if (found) {                                                  \
                return 0;                                                 \
            }                                                             \
        }                                                                 \
        return 1;                                                         \
    }

DEFINE_SCAN(scan_floats, uint32_t, 0x7F800000U)
DEFINE_SCAN(scan_doubles, uint64_t, 0x7FF0000000000000ULL)

static PyObject *
is_finite(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 3) {
        PyErr_SetString(PyExc_TypeError, "finite() takes an address, a count and a size");
        return NULL;
    }
    const char *data = PyLong_AsVoidPtr(args[0]);
    size_t count = PyErr_Occurred() ? 0 : PyLong_AsSize_t(args[1]);
    size_t size = PyErr_Occurred() ? 0 : PyLong_AsSize_t(args[2]);
    if (PyErr_Occurred()) {
        return NULL;
    }
    if (size != 4 && size != 8) {
        PyErr_SetString(PyExc_ValueError, "finite() takes floats of 4 or 8 bytes");
        return NULL;
    }
    int result;
    Py_BEGIN_ALLOW_THREADS
    result = size == 4 ? scan_floats(data, count) : scan_doubles(data, count);
    Py_END_ALLOW_THREADS
    return PyBool_FromLong(result);
}

PyMethodDef pfx_finite_methods[] = {
    {"finite", (PyCFunction)(void (*)(void))is_finite, METH_FASTCALL,
     "finite(address, count, size): whether none of the floats there, of 4 or 8 bytes each, is\n"
     "infinite or no number; their memory has to be there and readable"},
    {NULL, NULL, 0, NULL},
};
