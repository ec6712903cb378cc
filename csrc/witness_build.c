/* Making a witness: each step of a program that holds, in facts where that is possible. */

#include "witness.h"

/* At most: two dicts with their types, and whose they are. */
#define FACTS_A_STEP 6

typedef struct {
    const pfx_guards *program;
    const pfx_scope *scope;
    pfx_witness *made;
    int nnames;
    PyObject **known; /* by register: what is in it as long as the facts hold; NULL: unknown */
    bool *rooted;     /* by register: the program itself sees to it that this object lives */
    int *places;      /* a hash table of facts by address: their number + 1, 0 for none */
    size_t nplaces;   /* a power of two */
    PyTypeObject *held; /* the last that was found to be held by the program */
} witness_maker;

static pfx_fact *
fact_at(const witness_maker *maker, const void *address, pfx_fact_kind kind, size_t *place)
{
    size_t mask = maker->nplaces - 1;
    size_t at = ((size_t)address >> 3) * 0x9E3779B97F4A7C15u >> 20 & mask;
    while (maker->places[at] != 0) {
        pfx_fact *fact = &maker->made->facts[maker->places[at] - 1];
        if (fact->address == address && fact->kind == kind) {
            return fact;
        }
        at = (at + 1) & mask;
    }
    *place = at;
    return NULL;
}

static pfx_fact *
add_fact(witness_maker *maker, const void *address, uint64_t value, pfx_fact_kind kind)
{
    size_t place;
    pfx_fact *fact = fact_at(maker, address, kind, &place);
    if (fact == NULL) {
        fact = &maker->made->facts[maker->made->nfacts++];
        *fact = (pfx_fact){address, value, kind, -1};
        maker->places[place] = (int)maker->made->nfacts;
    }
    return fact;
}

/* A pointer or a size, as it is now. */
static void
add_word(witness_maker *maker, const void *address)
{
    add_fact(maker, address, *(const uintptr_t *)address, FACT_WORD);
}

static void
add_type_of(witness_maker *maker, PyObject *object)
{
    add_word(maker, &object->ob_type);
}

static bool
add_constant(const witness_maker *maker, PyObject *object)
{
    if (PyList_Append(maker->made->constants, object) < 0) {
        PyErr_Clear();
        return false;
    }
    return true;
}

/* Whether nothing of it can change. */
static bool
is_frozen(PyObject *object)
{
    if (PyTuple_CheckExact(object)) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(object); i++) {
            if (!is_frozen(PyTuple_GET_ITEM(object, i))) {
                return false;
            }
        }
        return true;
    }
    return Py_TYPE(object) != &PySet_Type && pfx_is_constant(object);
}

static pfx_fact *
add_dict(witness_maker *maker, PyObject *dict, bool rooted)
{
    if (!(PyDict_CheckExact(dict) || PyODict_CheckExact(dict)) || !pfx_dict_has_version(dict)) {
        return NULL;
    }
    if (!rooted || !PyDict_CheckExact(dict)) {
        add_type_of(maker, dict);
    }
    return add_fact(maker, dict, pfx_dict_version(dict), FACT_DICT);
}

/* What a dict gives for a key, borrowed; NULL for nothing. */
static bool
add_name(witness_maker *maker, PyObject *dict, bool rooted, PyObject *key, PyObject **value)
{
    pfx_fact *fact = add_dict(maker, dict, rooted);
    if (fact == NULL) {
        return false;
    }
    *value = NULL;
    if (pfx_read_dict(dict, key, value)) {
        Py_DECREF(*value); /* which the dict holds */
    }
    if (fact->number != PFX_WHOLE) {
        maker->made->names[maker->nnames] = (pfx_name){key, *value, fact->number};
        fact->number = maker->nnames++;
    }
    return true;
}

/* Whether a type stays at its address as long as the program isn't dead. */
static bool
is_held(witness_maker *maker, PyTypeObject *type)
{
    if (type == maker->held || !(type->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        return true;
    }
    for (Py_ssize_t i = 0; i < maker->program->nsteps; i++) {
        if (maker->program->steps[i].object == (PyObject *)type) {
            maker->held = type;
            return true;
        }
    }
    return false;
}

/* What an instance's own attributes give for a key, borrowed; NULL for nothing. */
static bool
add_instance(witness_maker *maker, PyObject *object, PyObject *key, PyObject **value)
{
    pfx_location location;
    if (PyType_Check(object) || !is_held(maker, Py_TYPE(object))) {
        return false;
    }
    pfx_locate_instance(object, key, &location);
    if (location.nwords == 0) {
        return false;
    }
    add_type_of(maker, object);
    for (int i = 0; i < location.nwords; i++) {
        const pfx_word *word = &location.words[i];
        add_fact(maker, word->address, word->value, word->size == 1 ? FACT_BYTE : FACT_WORD);
    }
    if (location.dict != NULL) {
        return add_name(maker, location.dict, false, key, value);
    }
    *value = location.value;
    return true;
}

static bool
add_item(witness_maker *maker, const pfx_step *step, PyObject *base, PyObject **value)
{
    if (PyDict_Check(base)) {
        return add_name(maker, base, maker->rooted[step->base], step->key, value);
    }
    if (!step->by_index || !(PyList_CheckExact(base) || PyTuple_CheckExact(base))) {
        return false;
    }
    Py_ssize_t index = step->index < 0 ? step->index + Py_SIZE(base) : step->index;
    if (index < 0 || index >= Py_SIZE(base)) {
        return false;
    }
    add_type_of(maker, base);
    add_word(maker, &((PyVarObject *)base)->ob_size);
    PyObject **items = ((PyTupleObject *)base)->ob_item;
    if (PyList_CheckExact(base)) {
        add_word(maker, &((PyListObject *)base)->ob_item);
        items = ((PyListObject *)base)->ob_item;
    }
    add_word(maker, &items[index]);
    *value = items[index];
    return true;
}

/* Fields of functions and cells. */
static bool
add_attribute(witness_maker *maker, PyObject *object, PyObject *name, PyObject **value)
{
    PyObject **field = NULL;
    if (PyFunction_Check(object)) {
        PyFunctionObject *function = (PyFunctionObject *)object;
        field = PyUnicode_CompareWithASCIIString(name, "__code__") == 0 ? &function->func_code
                : PyUnicode_CompareWithASCIIString(name, "__defaults__") == 0
                    ? &function->func_defaults
                : PyUnicode_CompareWithASCIIString(name, "__kwdefaults__") == 0
                    ? &function->func_kwdefaults
                : PyUnicode_CompareWithASCIIString(name, "__closure__") == 0
                    ? &function->func_closure
                    : NULL;
    }
    else if (PyCell_Check(object)
             && PyUnicode_CompareWithASCIIString(name, "cell_contents") == 0
             && PyCell_GET(object) != NULL) {
        field = &((PyCellObject *)object)->ob_ref;
    }
    if (field == NULL) {
        return false;
    }
    add_type_of(maker, object);
    add_word(maker, field);
    *value = *field == NULL ? Py_None : *field;
    return true;
}

static bool
add_type_attribute(witness_maker *maker, PyObject *type, PyObject *name, PyObject **value)
{
    if (!PyType_Check(type)) {
        return false;
    }
    *value = _PyType_Lookup((PyTypeObject *)type, name); /* which gives it a version */
    unsigned int version = pfx_type_version((PyTypeObject *)type);
    if (version == 0) {
        return false;
    }
    add_type_of(maker, type);
    add_fact(maker, type, version, FACT_TYPE);
    return true;
}

static bool
add_length(witness_maker *maker, PyObject *object)
{
    if (PyList_CheckExact(object) || PyTuple_CheckExact(object)) {
        add_type_of(maker, object);
        add_word(maker, &((PyVarObject *)object)->ob_size);
        return true;
    }
    if (PyDict_CheckExact(object) || PyODict_CheckExact(object)) {
        add_type_of(maker, object);
        add_word(maker, &((PyDictObject *)object)->ma_used);
        return true;
    }
    return is_frozen(object) && add_constant(maker, object);
}

static bool
add_root(witness_maker *maker, const pfx_step *step, PyObject **value)
{
    const pfx_scope *scope = maker->scope;
    switch (step->kind) {
    case LOAD_OBJECT:
        *value = step->object;
        maker->rooted[step->target] = true;
        return true;
    case LOAD_GLOBAL:
        add_fact(maker, scope->globals, 0, FACT_GLOBALS);
        if (!add_name(maker, scope->globals, true, step->key, value)) {
            return false;
        }
        if (*value != NULL) {
            return true;
        }
        if (scope->builtins == NULL || !PyDict_CheckExact(scope->builtins)) {
            return false;
        }
        add_fact(maker, scope->builtins, 0, FACT_BUILTINS);
        return add_name(maker, scope->builtins, true, step->key, value);
    case LOAD_CELL:
    case LOAD_CELL_OBJECT: {
        if (step->index >= scope->ncells || scope->cells[step->index] == NULL) {
            return false;
        }
        PyObject *cell = scope->cells[step->index];
        /* one cell may be two of the free variables */
        maker->made->facts[maker->made->nfacts++] = (pfx_fact){cell, 0, FACT_CELL, (int)step->index};
        *value = cell;
        if (step->kind == LOAD_CELL) {
            add_word(maker, &((PyCellObject *)cell)->ob_ref);
            *value = PyCell_GET(cell);
        }
        return true;
    }
    default:
        return false;
    }
}

/* Whether facts stand for a step; `value` gets what a load loads. */
static bool
add_step(witness_maker *maker, const pfx_step *step, PyObject **value)
{
    PyObject *found = NULL;
    if (step->kind <= LOAD_HANDLED) {
        return add_root(maker, step, value) && *value != NULL;
    }
    PyObject *base = step->slot < 0 ? maker->known[step->base] : NULL;
    if (base == NULL) {
        return false;
    }
    switch (step->kind) {
    case LOAD_ATTRIBUTE:
        return add_attribute(maker, base, step->key, value);
    case LOAD_INSTANCE_ITEM:
        return add_instance(maker, base, step->key, value) && *value != NULL;
    case LOAD_ITEM:
        return add_item(maker, step, base, value) && *value != NULL;
    case LOAD_TYPE:
        add_type_of(maker, base);
        *value = (PyObject *)Py_TYPE(base);
        return true;
    case LOAD_TYPE_ATTRIBUTE:
        return add_type_attribute(maker, base, step->key, value) && *value != NULL;
    case CHECK_TYPE:
        add_type_of(maker, base);
        return (PyObject *)Py_TYPE(base) == step->object;
    case CHECK_IS:
        return base == step->object;
    case CHECK_VALUE:
        return is_frozen(base) && pfx_same_constant(base, step->key) && add_constant(maker, base);
    case CHECK_LENGTH:
        return pfx_length(base) == step->index && add_length(maker, base);
    case CHECK_KEYS: {
        if (!PyDict_CheckExact(base) || !pfx_has_keys(base, step->key)) {
            return false;
        }
        pfx_fact *fact = add_dict(maker, base, maker->rooted[step->base]);
        if (fact != NULL) {
            fact->number = PFX_WHOLE;
        }
        return fact != NULL;
    }
    case CHECK_LACKS:
        return PyDict_Check(base)
               && add_name(maker, base, maker->rooted[step->base], step->key, &found)
               && found == NULL;
    case CHECK_INSTANCE_LACKS:
        return add_instance(maker, base, step->key, &found) && found == NULL;
    case CHECK_TYPE_ATTRIBUTE:
        return add_type_attribute(maker, base, step->key, &found) && found == step->object;
    default:
        return false;
    }
}

static bool
compares_registers(const pfx_step *step)
{
    return step->kind == CHECK_SAME || step->kind == CHECK_DISTINCT;
}

/* The steps that no facts stand for, and the loads that these need. `wanted` is one flag for each
   register, all false; `numbers` are to be the registers' new ones. */
static void
take_rest(const pfx_guards *program, pfx_witness *witness, bool *proved, bool *wanted,
          int *numbers)
{
    for (Py_ssize_t i = program->nsteps - 1; i >= 0; i--) {
        const pfx_step *step = &program->steps[i];
        if (proved[i] && !(step->owns && wanted[step->target])) {
            continue;
        }
        proved[i] = false;
        if (step->base >= 0 && step->slot < 0) {
            wanted[step->base] = true;
        }
        if (compares_registers(step) && step->index < 0) {
            wanted[step->target] = true;
        }
        for (int j = 0; j < step->noperands; j++) {
            if (step->operands[j].slot < 0) {
                wanted[step->operands[j].base] = true;
            }
        }
    }
    for (Py_ssize_t i = 0; i < program->nsteps; i++) {
        if (proved[i]) {
            continue;
        }
        pfx_step *step = &witness->rest[witness->nrest++];
        *step = program->steps[i];
        if (step->base >= 0 && step->slot < 0) {
            step->base = numbers[step->base];
        }
        for (int j = 0; j < step->noperands; j++) {
            if (step->operands[j].slot < 0) {
                step->operands[j].base = numbers[step->operands[j].base];
            }
        }
        if (step->owns) {
            numbers[step->target] = witness->nregisters;
            step->target = witness->nregisters++;
        }
        else if (compares_registers(step) && step->index < 0) {
            step->target = numbers[step->target];
        }
    }
}

/* Exactly as much memory as there is in it: less never fails to be had. */
static void
fit(pfx_witness *witness, int nnames)
{
    pfx_fact *facts = PyMem_Realloc(witness->facts,
                                    (size_t)witness->nfacts * sizeof(*witness->facts));
    witness->facts = facts == NULL ? witness->facts : facts;
    pfx_name *names = PyMem_Realloc(witness->names, (size_t)nnames * sizeof(*witness->names));
    witness->names = names == NULL ? witness->names : names;
    pfx_step *rest = PyMem_Realloc(witness->rest,
                                   (size_t)witness->nrest * sizeof(*witness->rest));
    witness->rest = rest == NULL ? witness->rest : rest;
}

pfx_witness *
pfx_witness_new(const pfx_guards *program, const pfx_scope *scope)
{
    size_t nsteps = (size_t)program->nsteps, nregisters = (size_t)program->nregisters;
    pfx_witness *witness = PyMem_Calloc(1, sizeof(*witness));
    if (witness == NULL) {
        return NULL;
    }
    witness_maker maker = {.program = program, .scope = scope, .made = witness, .nplaces = 64};
    while (maker.nplaces < 2 * FACTS_A_STEP * nsteps) {
        maker.nplaces *= 2;
    }
    size_t provable = 0;
    witness->facts = PyMem_New(pfx_fact, FACTS_A_STEP * nsteps + 1);
    witness->names = PyMem_New(pfx_name, 2 * nsteps + 1);
    witness->rest = PyMem_New(pfx_step, nsteps + 1);
    witness->constants = PyList_New(0);
    maker.known = PyMem_Calloc(nregisters + 1, sizeof(*maker.known));
    maker.rooted = PyMem_Calloc(nregisters + 1, sizeof(*maker.rooted));
    maker.places = PyMem_Calloc(maker.nplaces, sizeof(*maker.places));
    bool *proved = PyMem_Calloc(nsteps + 1, sizeof(*proved));
    bool *wanted = PyMem_Calloc(nregisters + 1, sizeof(*wanted));
    int *numbers = PyMem_New(int, nregisters + 1);
    /* making the list may have collected garbage, and run anything */
    if (!program->dead && witness->facts != NULL && witness->names != NULL && witness->rest != NULL
        && witness->constants != NULL && maker.known != NULL && maker.rooted != NULL
        && maker.places != NULL && proved != NULL && wanted != NULL && numbers != NULL) {
        for (size_t i = 0; i < nsteps; i++) {
            const pfx_step *step = &program->steps[i];
            PyObject *value = NULL;
            proved[i] = add_step(&maker, step, &value);
            if (proved[i] && step->owns) {
                maker.known[step->target] = value;
            }
        }
        take_rest(program, witness, proved, wanted, numbers);
        provable = nsteps - (size_t)witness->nrest;
        fit(witness, maker.nnames);
    }
    PyErr_Clear();
    PyMem_Free(maker.known);
    PyMem_Free(maker.rooted);
    PyMem_Free(maker.places);
    PyMem_Free(proved);
    PyMem_Free(wanted);
    PyMem_Free(numbers);
    if (provable == 0) {
        pfx_witness_free(witness);
        return NULL;
    }
    return witness;
}
