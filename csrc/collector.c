/* Calls with the garbage collector off.

   In C, so that no signal's handler can raise between the switch and what switches it back. */

#include "paddlefx.h"

#ifdef PFX_COLLECTOR_SWITCH
static bool
collects(void)
{
    return PyGC_IsEnabled();
}

static void
switch_on(bool on)
{
    (void)(on ? PyGC_Enable() : PyGC_Disable());
}
#else
/* gc.isenabled, gc.enable, gc.disable: they are looked up once, and allocate nothing. */
static PyObject *asks, *enables, *disables;

static bool
learn(void)
{
    PyObject *module = PyImport_ImportModule("gc");
    if (module == NULL) {
        return false;
    }
    asks = PyObject_GetAttrString(module, "isenabled");
    enables = PyObject_GetAttrString(module, "enable");
    disables = PyObject_GetAttrString(module, "disable");
    Py_DECREF(module);
    if (asks == NULL || enables == NULL || disables == NULL) {
        Py_CLEAR(asks);
        Py_CLEAR(enables);
        Py_CLEAR(disables);
        return false;
    }
    return true;
}

static bool
collects(void)
{
    if (asks == NULL && !learn()) {
        PyErr_Clear();
        return false; /* it stays as it is */
    }
    PyObject *answer = PyObject_CallObject(asks, NULL);
    bool on = answer == Py_True;
    Py_XDECREF(answer);
    if (answer == NULL) {
        PyErr_Clear();
    }
    return on;
}

static void
switch_on(bool on)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *result = PyObject_CallObject(on ? enables : disables, NULL);
    Py_XDECREF(result);
    PyErr_Clear();
    PyErr_Restore(type, value, traceback);
}
#endif

static PyObject *
uncollected(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    (void)module;
    if (nargs < 1) {
        PyErr_SetString(PyExc_TypeError, "uncollected() takes a callable and its arguments");
        return NULL;
    }
    bool on = collects();
    if (on) {
        switch_on(false);
    }
    PyObject *result = PyObject_Vectorcall(args[0], args + 1, nargs - 1, NULL);
    if (on) {
        switch_on(true);
    }
    return result;
}

PyMethodDef pfx_collector_methods[] = {
    {"uncollected", (PyCFunction)(void (*)(void))uncollected, METH_FASTCALL,
     "uncollected(callable, *args): calls it with the garbage collector off; on again behind it,\n"
     "if it was before"},
    {NULL, NULL, 0, NULL},
};
