/* Stand-ins for builtins.compile, exec and eval that hand what they compile to a transform.

   They are C functions because a frame of Python would show: exec and eval take the caller's
   globals and locals, all three its __future__ flags, and tracebacks and tracers see frames.
   Python/bltinmodule.c has the originals. */

#include "paddlefx.h"

static PyObject *
call_untraced(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    (void)module;
    if (nargs < 1) {
        PyErr_SetString(PyExc_TypeError, "call_untraced() needs a callable");
        return NULL;
    }
    PyThreadState *tstate = PyThreadState_Get();
    pfx_enter_untraced(tstate);
    PyObject *result = PyObject_Vectorcall(args[0], args + 1, nargs - 1, NULL);
    pfx_leave_untraced(tstate);
    return result;
}

/* transform(code), untraced. */
static PyObject *
transformed(PyObject *code)
{
    if (code == NULL || !PyCode_Check(code)) {
        return code; /* an error, or a syntax tree */
    }
    PyObject *call[] = {Py_NewRef(pfx.builtins.transform), code};
    PyObject *made = call_untraced(NULL, call, 2);
    Py_DECREF(call[0]);
    Py_DECREF(code);
    return made;
}

static PyObject *
transforming_compile(PyObject *module, PyObject *args, PyObject *kwargs)
{
    (void)module;
    return transformed(PyObject_Call(pfx.builtins.compile, args, kwargs));
}

/* What source text is compiled to, NULL without error when it is none, or the original has to
   complain about the other arguments. */
static PyObject *
compiled_source(PyObject *args, PyObject *kwargs, const char *mode, bool strips)
{
    if (PyTuple_GET_SIZE(args) == 0 || (kwargs != NULL && PyDict_GetItemString(kwargs, "closure"))) {
        return NULL;
    }
    PyObject *source = PyTuple_GET_ITEM(args, 0);
    if (!PyUnicode_Check(source) && !PyObject_CheckBuffer(source)) {
        return NULL;
    }
    if (PyTuple_GET_SIZE(args) > 1 && PyTuple_GET_ITEM(args, 1) != Py_None
        && !PyDict_Check(PyTuple_GET_ITEM(args, 1))) {
        return NULL;
    }
    source = PyUnicode_Check(source) ? Py_NewRef(source) : PyBytes_FromObject(source);
    if (source != NULL && strips) { /* eval ignores blanks in front (builtin_eval_impl) */
        PyObject *stripped = PyUnicode_Check(source)
            ? PyObject_CallMethod((PyObject *)&PyUnicode_Type, "lstrip", "(Os)", source, " \t")
            : PyObject_CallMethod((PyObject *)&PyBytes_Type, "lstrip", "(Oy)", source, " \t");
        Py_DECREF(source);
        source = stripped;
    }
    if (source == NULL) {
        return NULL;
    }
    PyObject *code = PyObject_CallFunction(pfx.builtins.compile, "Nss", source, "<string>", mode);
    return transformed(code);
}

/* The original on the compiled source, or on the arguments as they are. */
static PyObject *
run(PyObject *original, PyObject *args, PyObject *kwargs, const char *mode, bool strips)
{
    PyObject *code = compiled_source(args, kwargs, mode, strips);
    if (code == NULL) {
        return PyErr_Occurred() ? NULL : PyObject_Call(original, args, kwargs);
    }
    PyObject *rest = PyTuple_New(PyTuple_GET_SIZE(args));
    for (Py_ssize_t i = 1; rest != NULL && i < PyTuple_GET_SIZE(args); i++) {
        PyTuple_SET_ITEM(rest, i, Py_NewRef(PyTuple_GET_ITEM(args, i)));
    }
    if (rest == NULL) {
        Py_DECREF(code);
        return NULL;
    }
    PyTuple_SET_ITEM(rest, 0, code);
    PyObject *result = PyObject_Call(original, rest, kwargs);
    Py_DECREF(rest);
    return result;
}

static PyObject *
transforming_exec(PyObject *module, PyObject *args, PyObject *kwargs)
{
    (void)module;
    return run(pfx.builtins.exec, args, kwargs, "exec", false);
}

static PyObject *
transforming_eval(PyObject *module, PyObject *args, PyObject *kwargs)
{
    (void)module;
    return run(pfx.builtins.eval, args, kwargs, "eval", true);
}

static PyMethodDef stand_ins[] = { /* the documentation, with the signature, is the original's */
    {"compile", (PyCFunction)(void (*)(void))transforming_compile,
     METH_VARARGS | METH_KEYWORDS, NULL},
    {"exec", (PyCFunction)(void (*)(void))transforming_exec, METH_VARARGS | METH_KEYWORDS, NULL},
    {"eval", (PyCFunction)(void (*)(void))transforming_eval, METH_VARARGS | METH_KEYWORDS, NULL},
};

static PyObject *
transforming_builtins(PyObject *ignored, PyObject *transform)
{
    (void)ignored;
    PyObject **const originals[] = {
        &pfx.builtins.compile, &pfx.builtins.exec, &pfx.builtins.eval,
    };
    PyObject *module = PyImport_ImportModule("builtins");
    PyObject *name = PyUnicode_FromString("builtins");
    PyObject *made = PyTuple_New(3);
    for (int i = 0; module != NULL && name != NULL && made != NULL && i < 3; i++) {
        PyMethodDef *method = &stand_ins[i];
        if (*originals[i] == NULL) {
            PyObject *original = PyObject_GetAttrString(module, method->ml_name);
            if (original == NULL || !PyCFunction_Check(original)) {
                Py_XDECREF(original);
                Py_CLEAR(made);
                PyErr_Format(PyExc_RuntimeError, "builtins.%s is not the interpreter's own",
                             method->ml_name);
                break;
            }
            *originals[i] = original;
            method->ml_doc = ((PyCFunctionObject *)original)->m_ml->ml_doc;
        }
        PyObject *function = PyCFunction_NewEx(method, module, name);
        if (function == NULL) {
            Py_CLEAR(made);
            break;
        }
        PyTuple_SET_ITEM(made, i, function);
    }
    if (made != NULL) {
        Py_XSETREF(pfx.builtins.transform, Py_NewRef(transform));
    }
    Py_XDECREF(module);
    Py_XDECREF(name);
    return made;
}

PyMethodDef pfx_builtins_methods[] = {
    {"transforming_builtins", transforming_builtins, METH_O,
     "transforming_builtins(transform) -> (compile, exec, eval) that hand the code objects that\n"
     "they make of source to transform(code) -> code; one transform at a time, the last given"},
    {"call_untraced", (PyCFunction)(void (*)(void))call_untraced, METH_FASTCALL,
     "call_untraced(callable, *args): call it with tracing, profiling and monitoring of this\n"
     "thread standing aside"},
    {NULL, NULL, 0, NULL},
};
