/* GuardProgram: guards as a flat program over registers, with early exit.

   paddlefx/guards.py flattens a tree of sources into steps. A load step puts an
   object into a register, a check step looks at one; the first that fails ends
   the evaluation. What users own is held weakly: once such an object is gone the
   program is dead, which means false for ever. */

#include "witness.h"

/* -- the death of what is held weakly */

typedef struct {
    PyObject_HEAD
    pfx_guards *program; /* borrowed; NULL once it is gone */
} death_object;

static PyObject *
death_call(PyObject *self, PyObject *args, PyObject *kwargs)
{
    (void)args;
    (void)kwargs;
    pfx_guards *program = ((death_object *)self)->program;
    if (program != NULL && !program->dead) {
        program->dead = true;
        if (program->on_dead != NULL && program->on_dead != Py_None) {
            Py_INCREF(program);
            PyObject *on_dead = program->on_dead;
            program->on_dead = NULL;
            PyObject *result = PyObject_CallOneArg(on_dead, (PyObject *)program);
            if (result == NULL) {
                PyErr_WriteUnraisable(on_dead);
            }
            Py_XDECREF(result);
            Py_DECREF(on_dead);
            Py_DECREF(program);
        }
    }
    Py_RETURN_NONE;
}

PyTypeObject pfx_death_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "paddlefx._C._GuardDeath",
    .tp_basicsize = sizeof(death_object),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_call = death_call,
};

static PyObject *
guards_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"steps", "on_dead", NULL};
    PyObject *rows, *on_dead = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!|O:GuardProgram", names, &PyTuple_Type,
                                     &rows, &on_dead)) {
        return NULL;
    }
    pfx_guards *self = (pfx_guards *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    PyObject *seen = PySet_New(NULL);
    self->references = PyList_New(0);
    self->steps = PyMem_New(pfx_step, PyTuple_GET_SIZE(rows) + 1);
    int *slots = PyMem_New(int, PyTuple_GET_SIZE(rows) + 1);
    death_object *death = PyObject_New(death_object, &pfx_death_type);
    self->death = (PyObject *)death;
    if (seen == NULL || self->references == NULL || self->steps == NULL || slots == NULL
        || death == NULL) {
        if (self->steps == NULL || slots == NULL) {
            PyErr_NoMemory();
        }
        goto fail;
    }
    death->program = self;
    self->patience = 1;
    self->on_dead = on_dead == Py_None ? NULL : Py_NewRef(on_dead);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(rows); i++) {
        if (pfx_parse_step(self, PyTuple_GET_ITEM(rows, i), (int)i, slots, seen) < 0) {
            goto fail;
        }
    }
    PyMem_Free(slots);
    Py_DECREF(seen);
    return (PyObject *)self;
fail:
    PyMem_Free(slots);
    Py_XDECREF(seen);
    Py_DECREF(self);
    return NULL;
}

/* -- the type */

static int
guards_traverse(pfx_guards *self, visitproc visit, void *arg)
{
    for (Py_ssize_t i = 0; i < self->nsteps; i++) {
        pfx_step *step = &self->steps[i];
        Py_VISIT(step->key);
        if (!step->weak) {
            Py_VISIT(step->object);
        }
        if (step->tensor != NULL) {
            Py_VISIT(step->tensor->dtype);
            Py_VISIT(step->tensor->place);
        }
    }
    Py_VISIT(self->references);
    Py_VISIT(self->on_dead);
    return 0;
}

static int
guards_clear(pfx_guards *self)
{
    if (self->death != NULL) {
        ((death_object *)self->death)->program = NULL;
    }
    self->dead = true; /* a program without its objects holds for nothing */
    pfx_witness_free(self->witness);
    self->witness = NULL;
    Py_CLEAR(self->references);
    Py_CLEAR(self->on_dead);
    while (self->nsteps > 0) {
        pfx_step step = self->steps[--self->nsteps];
        Py_XDECREF(step.key);
        if (!step.weak) {
            Py_XDECREF(step.object);
        }
        if (step.tensor != NULL) {
            Py_XDECREF(step.tensor->dtype);
            Py_XDECREF(step.tensor->place);
            PyMem_Free(step.tensor);
        }
    }
    return 0;
}

static void
guards_dealloc(pfx_guards *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (self->weakrefs != NULL) {
        PyObject_ClearWeakRefs((PyObject *)self);
    }
    guards_clear(self);
    PyMem_Free(self->steps);
    Py_CLEAR(self->death);
    type->tp_free((PyObject *)self);
}

static bool
parse_scope(PyObject *args, PyObject *kwargs, const char *format, pfx_scope *scope)
{
    static char *names[] = {"locals", "globals", "builtins", "closure", NULL};
    PyObject *locals, *builtins = Py_None, *closure = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, format, names, &PyTuple_Type, &locals,
                                     &PyDict_Type, &scope->globals, &builtins, &closure)) {
        return false;
    }
    if (closure != Py_None && !PyTuple_Check(closure)) {
        PyErr_SetString(PyExc_TypeError, "closure must be a tuple of cells or None");
        return false;
    }
    scope->locals = ((PyTupleObject *)locals)->ob_item;
    scope->nlocals = PyTuple_GET_SIZE(locals);
    scope->builtins = builtins == Py_None ? NULL : builtins;
    scope->cells = closure == Py_None ? NULL : ((PyTupleObject *)closure)->ob_item;
    scope->ncells = closure == Py_None ? 0 : PyTuple_GET_SIZE(closure);
    return true;
}

static PyObject *
guards_check(pfx_guards *self, PyObject *args, PyObject *kwargs)
{
    pfx_scope scope;
    if (!parse_scope(args, kwargs, "O!O!|OO:check", &scope)) {
        return NULL;
    }
    return PyBool_FromLong(pfx_guards_check(self, &scope, NULL));
}

static PyObject *
guards_failure(pfx_guards *self, PyObject *args, PyObject *kwargs)
{
    pfx_scope scope;
    pfx_failure failure;
    if (!parse_scope(args, kwargs, "O!O!|OO:failure", &scope)) {
        return NULL;
    }
    if (pfx_guards_check(self, &scope, &failure)) {
        Py_RETURN_NONE;
    }
    if (failure.found == NULL) {
        failure.found = Py_NewRef(pfx.unbound);
    }
    return Py_BuildValue("nN", failure.step, failure.found);
}

static PyObject *
guards_failures(pfx_guards *self, PyObject *args, PyObject *kwargs)
{
    pfx_scope scope;
    if (!parse_scope(args, kwargs, "O!O!|OO:failures", &scope)) {
        return NULL;
    }
    return pfx_guards_failures(self, &scope);
}

static PyObject *
guards_size(pfx_guards *self, void *closure)
{
    (void)closure;
    return PyLong_FromSsize_t(self->nsteps);
}

static PyObject *
guards_witnessed(pfx_guards *self, void *closure)
{
    (void)closure;
    Py_ssize_t known = self->witness == NULL ? 0 : self->nsteps - self->witness->nrest;
    return PyLong_FromSsize_t(known);
}

static PyMethodDef guards_methods[] = {
    {"check", (PyCFunction)(void (*)(void))guards_check, METH_VARARGS | METH_KEYWORDS,
     "check(locals, globals, builtins=None, closure=None) -> bool"},
    {"failure", (PyCFunction)(void (*)(void))guards_failure, METH_VARARGS | METH_KEYWORDS,
     "failure(locals, globals, builtins=None, closure=None)\n"
     "-> None, or (index of the step that failed or -1 when dead, what it looked at)"},
    {"failures", (PyCFunction)(void (*)(void))guards_failures, METH_VARARGS | METH_KEYWORDS,
     "failures(locals, globals, builtins=None, closure=None)\n"
     "-> a list of (index of the step, what it looked at): every check that fails"},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef guards_members[] = {
    {"dead", T_BOOL, offsetof(pfx_guards, dead), READONLY,
     "whether something held weakly is gone"},
    {"on_dead", T_OBJECT, offsetof(pfx_guards, on_dead), 0, "called with this program then"},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef guards_getset[] = {
    {"size", (getter)guards_size, NULL, "the number of steps", NULL},
    {"witnessed", (getter)guards_witnessed, NULL,
     "how many of them aren't run as long as nothing is written to what they look at", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject pfx_guards_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "paddlefx._C.GuardProgram",
    .tp_doc = "GuardProgram(steps, on_dead=None): guards, evaluated in C",
    .tp_basicsize = sizeof(pfx_guards),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_new = guards_new,
    .tp_dealloc = (destructor)guards_dealloc,
    .tp_traverse = (traverseproc)guards_traverse,
    .tp_clear = (inquiry)guards_clear,
    .tp_weaklistoffset = offsetof(pfx_guards, weakrefs),
    .tp_methods = guards_methods,
    .tp_members = guards_members,
    .tp_getset = guards_getset,
};
