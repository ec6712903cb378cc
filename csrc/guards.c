/* GuardProgram: guards as a flat program over registers, with early exit.

   paddlefx/guards.py flattens a tree of sources into steps. A load step puts an
   object into a register, a check step looks at one; the first that fails ends
   the evaluation. What users own is held weakly: once such an object is gone the
   program is dead, which means false for ever. */

#include "paddlefx.h"

typedef enum {
    LOAD_LOCAL,
    LOAD_GLOBAL,
    LOAD_CELL,
    LOAD_OBJECT,
    LOAD_ATTRIBUTE,
    LOAD_INSTANCE_DICT,
    LOAD_INSTANCE_ITEM,
    LOAD_ITEM,
    LOAD_TYPE,
    LOAD_TYPE_ATTRIBUTE,
    CHECK_TYPE,
    CHECK_IS,
    CHECK_VALUE,
    CHECK_LENGTH,
    CHECK_KEYS,
    CHECK_LACKS,
    CHECK_INSTANCE_LACKS,
    CHECK_TENSOR,
    CHECK_TYPE_ATTRIBUTE,
    STEP_KINDS,
} step_kind;

static const char *const STEP_NAMES[STEP_KINDS] = {
    "LOAD_LOCAL",     "LOAD_GLOBAL",          "LOAD_CELL",          "LOAD_OBJECT",
    "LOAD_ATTRIBUTE", "LOAD_INSTANCE_DICT",   "LOAD_INSTANCE_ITEM", "LOAD_ITEM",
    "LOAD_TYPE",      "LOAD_TYPE_ATTRIBUTE",  "CHECK_TYPE",         "CHECK_IS",
    "CHECK_VALUE",    "CHECK_LENGTH",         "CHECK_KEYS",         "CHECK_LACKS",
    "CHECK_INSTANCE_LACKS", "CHECK_TENSOR",   "CHECK_TYPE_ATTRIBUTE",
};

/* What a tensor has to be. */
typedef struct {
    PyObject *dtype;         /* or NULL: any */
    PyObject *place;         /* or NULL: any */
    PyObject *stop_gradient; /* Py_True, Py_False (borrowed) or NULL: any */
    Py_ssize_t rank;         /* -1: any */
    Py_ssize_t dims[];       /* -1: any */
} tensor_spec;

struct pfx_step {
    step_kind kind;
    int target;       /* the register a load fills */
    int base;         /* the register it reads; -1 for none */
    int slot;         /* the local it reads instead; -1 for none */
    int row;          /* its place in what the program was made from */
    bool owns;        /* the target holds a reference */
    bool weak;        /* `object` is not owned; `references` watches it */
    bool by_index;    /* LOAD_ITEM: `index` is meant for sequences */
    Py_ssize_t index; /* slot, sequence index or length */
    PyObject *key;    /* name, key, keys or constant; owned or NULL */
    PyObject *object; /* what identity is compared with; NULL for none */
    tensor_spec *tensor;
};

/* -- evaluation */

static bool
check_shape(const tensor_spec *spec, PyObject *shape)
{
    if (!PyList_Check(shape) && !PyTuple_Check(shape)) {
        return false;
    }
    if (Py_SIZE(shape) != spec->rank) {
        return false;
    }
    PyObject *const *items = PyList_Check(shape) ? ((PyListObject *)shape)->ob_item
                                                 : ((PyTupleObject *)shape)->ob_item;
    for (Py_ssize_t i = 0; i < spec->rank; i++) {
        if (spec->dims[i] < 0) {
            continue;
        }
        if (!PyLong_CheckExact(items[i])) {
            return false;
        }
        Py_ssize_t size = PyLong_AsSsize_t(items[i]);
        if (size != spec->dims[i]) {
            if (size == -1 && PyErr_Occurred()) {
                PyErr_Clear();
            }
            return false;
        }
    }
    return true;
}

/* Whether two of the framework's own objects are equal: the same one, or by the `_equals`
   method or the equality of their common type, which is the framework's code. */
static bool
same_framework_object(PyObject *found, PyObject *expected)
{
    if (found == expected) {
        return true;
    }
    if (Py_TYPE(found) != Py_TYPE(expected)) {
        return false;
    }
    PyObject *result;
    if (_PyType_Lookup(Py_TYPE(expected), pfx.name_equals) != NULL) {
        result = PyObject_CallMethodObjArgs(expected, pfx.name_equals, found, NULL);
    }
    else {
        result = PyObject_RichCompare(found, expected, Py_EQ);
    }
    int same = result == NULL ? -1 : PyObject_IsTrue(result);
    Py_XDECREF(result);
    if (same < 0) {
        PyErr_Clear();
    }
    return same > 0;
}

static bool
check_tensor(const tensor_spec *spec, PyObject *tensor)
{
    PyObject *value;
    bool same;
    if (spec->dtype != NULL) {
        if (!pfx_read_attribute(tensor, pfx.name_dtype, &value)) {
            return false;
        }
        same = same_framework_object(value, spec->dtype);
        Py_DECREF(value);
        if (!same) {
            return false;
        }
    }
    if (spec->rank >= 0) {
        if (!pfx_read_attribute(tensor, pfx.name_shape, &value)) {
            return false;
        }
        same = check_shape(spec, value);
        Py_DECREF(value);
        if (!same) {
            return false;
        }
    }
    if (spec->stop_gradient != NULL) {
        if (!pfx_read_attribute(tensor, pfx.name_stop_gradient, &value)) {
            return false;
        }
        same = value == spec->stop_gradient;
        Py_DECREF(value);
        if (!same) {
            return false;
        }
    }
    if (spec->place != NULL) {
        if (!pfx_read_attribute(tensor, pfx.name_place, &value)) {
            return false;
        }
        same = same_framework_object(value, spec->place);
        Py_DECREF(value);
        if (!same) {
            return false;
        }
    }
    return true;
}

static bool
load_global(const pfx_scope *scope, PyObject *name, PyObject **value)
{
    if (pfx_read_dict(scope->globals, name, value)) {
        return true;
    }
    PyObject *builtins = scope->builtins;
    if (builtins == NULL) {
        builtins = pfx_builtins_of(scope->globals);
    }
    return builtins != NULL && PyDict_Check(builtins) && pfx_read_dict(builtins, name, value);
}

/* What a step looks at; NULL for a root, and for a local without a value. Borrowed. */
static inline PyObject *
base_of(const pfx_step *step, const pfx_scope *scope, PyObject *const *registers)
{
    if (step->slot >= 0) {
        PyObject *value = step->slot < scope->nlocals ? scope->locals[step->slot] : NULL;
        return value == pfx.unbound ? NULL : value;
    }
    return step->base < 0 ? NULL : registers[step->base];
}

/* One step; registers are filled only on success. */
static inline bool
run_step(const pfx_guards *program, const pfx_step *step, const pfx_scope *scope,
         PyObject **registers)
{
    PyObject *base = base_of(step, scope, registers);
    PyObject **target = &registers[step->target];
    PyObject *value;
    if (step->slot >= 0 && base == NULL) {
        return false;
    }
    switch (step->kind) {
    case LOAD_LOCAL: /* read where it is used */
        return true;
    case LOAD_GLOBAL:
        return load_global(scope, step->key, target);
    case LOAD_CELL:
        if (step->index >= scope->ncells) {
            return false;
        }
        value = scope->cells[step->index];
        if (value == NULL || !PyCell_Check(value)) {
            return false;
        }
        value = PyCell_GET(value);
        if (value == NULL) {
            return false;
        }
        *target = Py_NewRef(value);
        return true;
    case LOAD_OBJECT:
        if (program->dead) { /* it may have died since the program started */
            return false;
        }
        *target = Py_NewRef(step->object);
        return true;
    case LOAD_ATTRIBUTE:
        return pfx_read_attribute(base, step->key, target);
    case LOAD_INSTANCE_DICT:
        value = pfx_instance_dict(base);
        if (value == NULL) {
            return false;
        }
        *target = Py_NewRef(value);
        return true;
    case LOAD_INSTANCE_ITEM:
        return !PyType_Check(base) && pfx_read_instance(base, step->key, target);
    case LOAD_ITEM:
        return pfx_read_item(base, step->key, step->index, step->by_index, target);
    case LOAD_TYPE:
        *target = Py_NewRef(Py_TYPE(base));
        return true;
    case LOAD_TYPE_ATTRIBUTE:
        if (!PyType_Check(base)) {
            return false;
        }
        value = _PyType_Lookup((PyTypeObject *)base, step->key);
        if (value == NULL) {
            return false;
        }
        *target = Py_NewRef(value);
        return true;
    case CHECK_TYPE:
        return (PyObject *)Py_TYPE(base) == step->object;
    case CHECK_IS:
        return base == step->object;
    case CHECK_VALUE:
        return pfx_same_constant(base, step->key);
    case CHECK_LENGTH:
        return pfx_length(base) == step->index;
    case CHECK_KEYS:
        return PyDict_Check(base) && pfx_has_keys(base, step->key);
    case CHECK_LACKS:
        if (!PyDict_Check(base)) {
            return false;
        }
        if (pfx_read_dict(base, step->key, &value)) {
            Py_DECREF(value);
            return false;
        }
        return true;
    case CHECK_INSTANCE_LACKS:
        if (PyType_Check(base)) {
            return false;
        }
        if (pfx_read_instance(base, step->key, &value)) {
            Py_DECREF(value);
            return false;
        }
        return true;
    case CHECK_TENSOR:
        return check_tensor(step->tensor, base);
    case CHECK_TYPE_ATTRIBUTE:
        return PyType_Check(base)
               && _PyType_Lookup((PyTypeObject *)base, step->key) == step->object;
    case STEP_KINDS:
        break;
    }
    return false;
}

#define REGISTERS_ON_STACK 32

bool
pfx_guards_check(pfx_guards *program, const pfx_scope *scope, pfx_failure *failure)
{
    if (program->dead) {
        if (failure != NULL) {
            *failure = (pfx_failure){-1, NULL};
        }
        return false;
    }
    PyObject *few[REGISTERS_ON_STACK];
    PyObject **registers = few;
    if (program->nregisters > REGISTERS_ON_STACK) {
        registers = PyMem_New(PyObject *, program->nregisters);
        if (registers == NULL) {
            if (failure != NULL) {
                *failure = (pfx_failure){-1, NULL};
            }
            return false;
        }
    }
    const pfx_step *steps = program->steps;
    Py_ssize_t nsteps = program->nsteps;
    Py_ssize_t at = 0;
    while (at < nsteps && run_step(program, &steps[at], scope, registers)) {
        at++;
    }
    bool holds = at == nsteps;
    if (!holds && failure != NULL) {
        PyObject *base = base_of(&steps[at], scope, registers);
        *failure = (pfx_failure){steps[at].row, Py_XNewRef(base)};
    }
    for (Py_ssize_t i = 0; i < at; i++) {
        if (steps[i].owns) {
            Py_DECREF(registers[steps[i].target]);
        }
    }
    if (registers != few) {
        PyMem_Free(registers);
    }
    return holds;
}

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

/* -- construction */

/* Keeps `object` for identity: weakly where that is possible. */
static int
hold(pfx_guards *program, pfx_step *step, PyObject *object, PyObject *seen)
{
    step->object = object;
    bool eternal = PyType_Check(object)
                   && !(((PyTypeObject *)object)->tp_flags & Py_TPFLAGS_HEAPTYPE);
    if (eternal || Py_TYPE(object)->tp_weaklistoffset == 0) {
        Py_INCREF(object);
        return 0;
    }
    PyObject *address = PyLong_FromVoidPtr(object);
    if (address == NULL) {
        goto strong;
    }
    int known = PySet_Contains(seen, address);
    if (known == 0) {
        PyObject *reference = PyWeakref_NewRef(object, program->death);
        if (reference == NULL) {
            Py_DECREF(address);
            if (PyErr_ExceptionMatches(PyExc_TypeError)) {
                PyErr_Clear();
                Py_INCREF(object);
                return 0;
            }
            goto strong;
        }
        known = PyList_Append(program->references, reference) < 0 ? -1
                                                                  : PySet_Add(seen, address);
        Py_DECREF(reference);
    }
    Py_DECREF(address);
    if (known < 0) {
        goto strong;
    }
    step->weak = true;
    return 0;
strong: /* an error is set; the step still has to own what it points at */
    Py_INCREF(object);
    return -1;
}

static tensor_spec *
parse_tensor(PyObject *operand)
{
    PyObject *shape, *dtype, *stop_gradient, *place;
    if (!PyTuple_Check(operand)) {
        PyErr_SetString(PyExc_TypeError, "the operand of a tensor guard must be a TensorMeta");
        return NULL;
    }
    if (!PyArg_ParseTuple(operand, "OOOO;a TensorMeta has four fields", &shape, &dtype,
                          &stop_gradient, &place)) {
        return NULL;
    }
    if (stop_gradient != Py_None && !PyBool_Check(stop_gradient)) {
        PyErr_SetString(PyExc_TypeError, "stop_gradient must be a bool or None");
        return NULL;
    }
    PyObject *dims = NULL;
    Py_ssize_t rank = -1;
    if (shape != Py_None) {
        dims = PySequence_Tuple(shape);
        if (dims == NULL) {
            return NULL;
        }
        rank = PyTuple_GET_SIZE(dims);
    }
    size_t room = sizeof(tensor_spec) + (size_t)(rank < 0 ? 0 : rank) * sizeof(Py_ssize_t);
    tensor_spec *spec = PyMem_Malloc(room);
    if (spec == NULL) {
        Py_XDECREF(dims);
        PyErr_NoMemory();
        return NULL;
    }
    spec->rank = rank;
    for (Py_ssize_t i = 0; i < rank; i++) {
        spec->dims[i] = PyNumber_AsSsize_t(PyTuple_GET_ITEM(dims, i), PyExc_OverflowError);
        if (spec->dims[i] < 0 && PyErr_Occurred()) {
            Py_DECREF(dims);
            PyMem_Free(spec);
            return NULL;
        }
    }
    Py_XDECREF(dims);
    spec->dtype = dtype == Py_None ? NULL : Py_NewRef(dtype);
    spec->place = place == Py_None ? NULL : Py_NewRef(place);
    spec->stop_gradient = stop_gradient == Py_None ? NULL : stop_gradient;
    return spec;
}

/* A key that a dict finds without running Python code. */
static int
check_key(PyObject *key)
{
    if (pfx_is_constant(key) || Py_TYPE(key)->tp_hash == PyBaseObject_Type.tp_hash) {
        return 0;
    }
    PyErr_Format(PyExc_TypeError, "a guard can't use a key of type %.100s",
                 Py_TYPE(key)->tp_name);
    return -1;
}

static int
parse_operand(pfx_guards *program, pfx_step *step, PyObject *operand, PyObject *extra,
              PyObject *seen)
{
    switch (step->kind) {
    case LOAD_LOCAL:
    case LOAD_CELL:
    case CHECK_LENGTH:
        step->index = PyNumber_AsSsize_t(operand, PyExc_OverflowError);
        if (step->index < 0) {
            if (!PyErr_Occurred()) {
                PyErr_SetString(PyExc_ValueError, "an index or length must not be negative");
            }
            return -1;
        }
        return 0;
    case LOAD_ITEM:
        if (PyLong_Check(operand)) { /* bools index sequences too */
            step->index = PyNumber_AsSsize_t(operand, NULL);
            step->by_index = true;
        }
        /* fall through */
    case LOAD_INSTANCE_ITEM:
    case CHECK_LACKS:
    case CHECK_INSTANCE_LACKS:
        step->key = Py_NewRef(operand);
        return check_key(operand) < 0 || PyObject_Hash(operand) == -1 ? -1 : 0;
    case LOAD_GLOBAL:
    case LOAD_ATTRIBUTE:
    case LOAD_TYPE_ATTRIBUTE:
    case CHECK_TYPE_ATTRIBUTE:
        if (!PyUnicode_CheckExact(operand)) {
            PyErr_SetString(PyExc_TypeError, "a name must be a str");
            return -1;
        }
        step->key = Py_NewRef(operand);
        PyUnicode_InternInPlace(&step->key);
        if (PyObject_Hash(step->key) == -1) {
            return -1;
        }
        if (step->kind == CHECK_TYPE_ATTRIBUTE && extra != pfx.unbound) {
            return hold(program, step, extra, seen);
        }
        return 0;
    case CHECK_TYPE:
        if (!PyType_Check(operand)) {
            PyErr_SetString(PyExc_TypeError, "the operand of a type guard must be a type");
            return -1;
        }
        return hold(program, step, operand, seen);
    case LOAD_OBJECT:
    case CHECK_IS:
        return hold(program, step, operand, seen);
    case CHECK_VALUE:
        if (!pfx_is_constant(operand)) {
            PyErr_Format(PyExc_TypeError, "a value guard can't compare with a %.100s",
                         Py_TYPE(operand)->tp_name);
            return -1;
        }
        step->key = Py_TYPE(operand) == &PySet_Type ? PySet_New(operand) : Py_NewRef(operand);
        return step->key == NULL ? -1 : 0;
    case CHECK_KEYS:
        if (!PyTuple_CheckExact(operand)) {
            PyErr_SetString(PyExc_TypeError, "the operand of a keys guard must be a tuple");
            return -1;
        }
        step->key = Py_NewRef(operand);
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(operand); i++) {
            if (check_key(PyTuple_GET_ITEM(operand, i)) < 0) {
                return -1;
            }
        }
        return 0;
    case CHECK_TENSOR:
        step->tensor = parse_tensor(operand);
        return step->tensor == NULL ? -1 : 0;
    case LOAD_INSTANCE_DICT:
    case LOAD_TYPE:
    case STEP_KINDS:
        return 0;
    }
    return 0;
}

/* `slots` says, for the registers so far, which local each stands for, -1 for none. */
static int
parse_step(pfx_guards *program, PyObject *row, int number, int *slots, PyObject *seen)
{
    const char *name;
    int target, base;
    PyObject *operand, *extra;
    if (!PyTuple_Check(row)
        || !PyArg_ParseTuple(row, "siiOO;a step is (kind, target, base, operand, extra)", &name,
                             &target, &base, &operand, &extra)) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_TypeError, "a step must be a tuple");
        }
        return -1;
    }
    int kind = 0;
    while (kind < STEP_KINDS && strcmp(STEP_NAMES[kind], name) != 0) {
        kind++;
    }
    if (kind == STEP_KINDS) {
        PyErr_Format(PyExc_ValueError, "no such step: %s", name);
        return -1;
    }
    bool loads = kind < CHECK_TYPE;
    bool rooted = kind <= LOAD_OBJECT;
    /* Registers are filled in order, each by one load: so no check reads an empty one. */
    if (loads ? target != program->nregisters : target != -1) {
        PyErr_SetString(PyExc_ValueError, "a load fills the next register, a check none");
        return -1;
    }
    if (rooted ? base != -1 : base < 0 || base >= program->nregisters) {
        PyErr_SetString(PyExc_ValueError, "a step reads a register filled before it");
        return -1;
    }
    pfx_step *step = &program->steps[program->nsteps];
    *step = (pfx_step){.kind = (step_kind)kind, .target = loads ? target : 0, .base = base};
    step->slot = base < 0 ? -1 : slots[base];
    step->row = number;
    step->owns = loads;
    if (loads) {
        slots[program->nregisters++] = -1;
    }
    if (kind == LOAD_LOCAL) { /* no step: whoever reads the register reads the local */
        int status = parse_operand(program, step, operand, extra, seen);
        slots[target] = (int)step->index;
        return status;
    }
    program->nsteps++; /* from here on dealloc looks after what it holds */
    return parse_operand(program, step, operand, extra, seen);
}

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
    self->on_dead = on_dead == Py_None ? NULL : Py_NewRef(on_dead);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(rows); i++) {
        if (parse_step(self, PyTuple_GET_ITEM(rows, i), (int)i, slots, seen) < 0) {
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
guards_size(pfx_guards *self, void *closure)
{
    (void)closure;
    return PyLong_FromSsize_t(self->nsteps);
}

static PyMethodDef guards_methods[] = {
    {"check", (PyCFunction)(void (*)(void))guards_check, METH_VARARGS | METH_KEYWORDS,
     "check(locals, globals, builtins=None, closure=None) -> bool"},
    {"failure", (PyCFunction)(void (*)(void))guards_failure, METH_VARARGS | METH_KEYWORDS,
     "failure(locals, globals, builtins=None, closure=None)\n"
     "-> None, or (index of the step that failed or -1 when dead, what it looked at)"},
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
