/* Binding the arguments of a vectorcall to a function's parameters, as CPython's
   own prologue does it (Python/ceval.c, _PyEval_MakeFrameVector, initialize_locals). */

#include "paddlefx.h"

/* The slot of a keyword among the parameters that may be given by name; -1 for none. */
static Py_ssize_t
find_parameter(PyObject *const *names, Py_ssize_t from, Py_ssize_t to, PyObject *keyword)
{
    for (Py_ssize_t i = from; i < to; i++) {
        if (names[i] == keyword) {
            return i;
        }
    }
    for (Py_ssize_t i = from; i < to; i++) {
        if (PyUnicode_Compare(names[i], keyword) == 0) {
            return i;
        }
    }
    return -1;
}

static bool
bind_keywords(PyCodeObject *code, PyObject *const *args, PyObject *kwnames, PyObject **slots,
              PyObject *extra)
{
    PyObject *const *names = ((PyTupleObject *)pfx_code_names(code))->ob_item;
    Py_ssize_t named = code->co_argcount + code->co_kwonlyargcount;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(kwnames); i++) {
        PyObject *keyword = PyTuple_GET_ITEM(kwnames, i);
        if (!PyUnicode_Check(keyword)) {
            return false;
        }
        Py_ssize_t slot = find_parameter(names, code->co_posonlyargcount, named, keyword);
        if (slot >= 0) {
            if (slots[slot] != NULL) {
                return false;
            }
            slots[slot] = Py_NewRef(args[i]);
        }
        else if (extra == NULL || PyDict_SetItem(extra, keyword, args[i]) < 0) {
            return false;
        }
    }
    return true;
}

static bool
bind_defaults(PyFunctionObject *function, PyCodeObject *code, Py_ssize_t given, PyObject **slots)
{
    Py_ssize_t positional = code->co_argcount;
    PyObject *defaults = function->func_defaults;
    Py_ssize_t count = defaults == NULL ? 0 : PyTuple_GET_SIZE(defaults);
    for (Py_ssize_t i = given; i < positional; i++) {
        if (slots[i] == NULL) {
            Py_ssize_t at = i - (positional - count);
            if (at < 0) {
                return false;
            }
            slots[i] = Py_NewRef(PyTuple_GET_ITEM(defaults, at));
        }
    }
    PyObject *names = pfx_code_names(code);
    for (Py_ssize_t i = positional; i < positional + code->co_kwonlyargcount; i++) {
        if (slots[i] == NULL) {
            PyObject *value = function->func_kwdefaults == NULL
                                  ? NULL
                                  : PyDict_GetItemWithError(function->func_kwdefaults,
                                                            PyTuple_GET_ITEM(names, i));
            if (value == NULL) {
                return false;
            }
            slots[i] = Py_NewRef(value);
        }
    }
    return true;
}

static bool
bind_all(PyFunctionObject *function, PyCodeObject *code, PyObject *const *args, Py_ssize_t nargs,
         PyObject *kwnames, PyObject **slots)
{
    Py_ssize_t positional = code->co_argcount;
    Py_ssize_t star = positional + code->co_kwonlyargcount;
    bool varargs = (code->co_flags & CO_VARARGS) != 0;
    PyObject *extra = NULL;
    Py_ssize_t given = nargs < positional ? nargs : positional;
    for (Py_ssize_t i = 0; i < given; i++) {
        slots[i] = Py_NewRef(args[i]);
    }
    if (nargs > positional && !varargs) {
        return false;
    }
    if (varargs) {
        PyObject *rest = PyTuple_New(nargs - given);
        if (rest == NULL) {
            return false;
        }
        for (Py_ssize_t i = given; i < nargs; i++) {
            PyTuple_SET_ITEM(rest, i - given, Py_NewRef(args[i]));
        }
        slots[star] = rest;
    }
    if (code->co_flags & CO_VARKEYWORDS) {
        extra = slots[star + varargs] = PyDict_New();
        if (extra == NULL) {
            return false;
        }
    }
    if (kwnames != NULL && !bind_keywords(code, args + nargs, kwnames, slots, extra)) {
        return false;
    }
    return bind_defaults(function, code, given, slots);
}

bool
pfx_bind(PyObject *callable, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames,
         pfx_binding *binding)
{
    PyFunctionObject *function = (PyFunctionObject *)callable;
    PyCodeObject *code = (PyCodeObject *)function->func_code;
    int stars = code->co_flags & (CO_VARARGS | CO_VARKEYWORDS);
    binding->owned = NULL;
    if (nargs == code->co_argcount && !stars && code->co_kwonlyargcount == 0
        && (kwnames == NULL || PyTuple_GET_SIZE(kwnames) == 0)) {
        binding->values = args;
        binding->count = nargs;
        return true;
    }
    Py_ssize_t count = code->co_argcount + code->co_kwonlyargcount
                       + ((stars & CO_VARARGS) != 0) + ((stars & CO_VARKEYWORDS) != 0);
    PyObject **slots = binding->few;
    if (count > PFX_FEW_PARAMETERS) {
        slots = PyMem_New(PyObject *, count);
        if (slots == NULL) {
            return false;
        }
    }
    memset(slots, 0, (size_t)count * sizeof(PyObject *));
    binding->values = binding->owned = slots;
    binding->count = count;
    if (!bind_all(function, code, args, nargs, kwnames, slots)) {
        PyErr_Clear();
        pfx_unbind(binding);
        return false;
    }
    return true;
}

void
pfx_unbind(pfx_binding *binding)
{
    if (binding->owned == NULL) {
        return;
    }
    for (Py_ssize_t i = 0; i < binding->count; i++) {
        Py_XDECREF(binding->owned[i]);
    }
    if (binding->owned != binding->few) {
        PyMem_Free(binding->owned);
    }
    binding->owned = NULL;
}
