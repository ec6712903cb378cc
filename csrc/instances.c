/* Where the attributes of instances are: in a dict, or beside the object (3.11-).

   As in reads.c every function is total, and runs nobody's Python code. */

#define PFX_NEEDS_INTERNALS
#include "paddlefx.h"

#if defined(PFX_VALUES_IN_OBJECT) || defined(PFX_VALUES_TAGGED) || defined(PFX_VALUES_BESIDE_DICT)
#  define PFX_INLINE_VALUES 1

/* The attribute values of an instance that has no dict yet; NULL when it has one. */
static PyDictValues *
inline_values(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
#  ifdef PFX_VALUES_IN_OBJECT
    if (type->tp_flags & Py_TPFLAGS_INLINE_VALUES) {
        PyDictValues *values = _PyObject_InlineValues(object);
        return values->valid ? values : NULL;
    }
#  elif defined(PFX_VALUES_TAGGED)
    if (type->tp_flags & Py_TPFLAGS_MANAGED_DICT) {
        PyDictOrValues either = *_PyObject_DictOrValuesPointer(object);
        return _PyDictOrValues_IsValues(either) ? _PyDictOrValues_GetValues(either) : NULL;
    }
#  else
    if (type->tp_flags & Py_TPFLAGS_MANAGED_DICT) {
        return *_PyObject_ValuesPointer(object);
    }
#  endif
    return NULL;
}

/* The place of a key among the values of a type's instances; -1 for none. */
static Py_ssize_t
inline_index(PyObject *object, PyObject *key)
{
    if (!PyUnicode_CheckExact(key)) {
        return -1;
    }
    PyDictKeysObject *keys = ((PyHeapTypeObject *)Py_TYPE(object))->ht_cached_keys;
    PyDictUnicodeEntry *entries = DK_UNICODE_ENTRIES(keys);
    Py_hash_t hash = ((PyASCIIObject *)key)->hash;
    for (Py_ssize_t i = 0; i < keys->dk_nentries; i++) {
        PyObject *name = entries[i].me_key;
        if (name == key
            || (name != NULL && ((PyASCIIObject *)name)->hash == hash
                && PyUnicode_Compare(name, key) == 0)) {
            return i;
        }
    }
    return -1;
}

/* What says that the values are where they are. */
static pfx_word
inline_anchor(PyObject *object, PyDictValues *values)
{
#  ifdef PFX_VALUES_IN_OBJECT
    (void)object;
    return (pfx_word){.address = &values->valid, .size = 1, .value = values->valid};
#  elif defined(PFX_VALUES_TAGGED)
    (void)values;
    const void *place = _PyObject_DictOrValuesPointer(object);
    return (pfx_word){.address = place, .size = sizeof(void *), .value = *(const uintptr_t *)place};
#  else
    const void *place = _PyObject_ValuesPointer(object);
    return (pfx_word){
        .address = place, .size = sizeof(void *), .value = (uintptr_t)(const void *)values};
#  endif
}
#endif

/* Where the pointer to an instance's dict is; NULL when it can't have one. Nothing is made. */
static PyObject *const *
dict_place(PyObject *object)
{
#ifdef PFX_VALUES_IN_OBJECT
    if (Py_TYPE(object)->tp_flags & Py_TPFLAGS_MANAGED_DICT) {
        return (PyObject *const *)&_PyObject_ManagedDictPointer(object)->dict;
    }
#elif defined(PFX_VALUES_TAGGED)
    if (Py_TYPE(object)->tp_flags & Py_TPFLAGS_MANAGED_DICT) {
        PyDictOrValues *either = _PyObject_DictOrValuesPointer(object);
        return _PyDictOrValues_IsValues(*either) ? NULL : &either->dict;
    }
#elif defined(PFX_VALUES_BESIDE_DICT)
    if (Py_TYPE(object)->tp_flags & Py_TPFLAGS_MANAGED_DICT) {
        return _PyObject_ManagedDictPointer(object);
    }
#endif
    return _PyObject_GetDictPtr(object);
}

int
pfx_read_instance(PyObject *object, PyObject *key, PyObject **value)
{
#ifdef PFX_INLINE_VALUES
    PyDictValues *values = inline_values(object);
    if (values != NULL) {
        Py_ssize_t index = inline_index(object, key);
        if (index < 0 || values->values[index] == NULL) {
            return 0;
        }
        *value = Py_NewRef(values->values[index]);
        return 1;
    }
#endif
    PyObject *const *place = dict_place(object);
    if (place == NULL || *place == NULL || !PyDict_Check(*place)) {
        return 0;
    }
    return pfx_read_dict(*place, key, value);
}

void
pfx_locate_instance(PyObject *object, PyObject *key, pfx_location *found)
{
    *found = (pfx_location){.nwords = 0};
#ifdef PFX_INLINE_VALUES
    PyDictValues *values = inline_values(object);
    if (values != NULL) {
        Py_ssize_t index = inline_index(object, key);
        found->words[found->nwords++] = inline_anchor(object, values);
        if (index >= 0) {
            found->value = values->values[index];
            found->words[found->nwords++] = (pfx_word){
                .address = &values->values[index],
                .size = sizeof(void *),
                .value = (uintptr_t)(void *)values->values[index],
            };
        }
        else { /* as long as its type's instances get no further attributes */
            PyDictKeysObject *keys = ((PyHeapTypeObject *)Py_TYPE(object))->ht_cached_keys;
            found->words[found->nwords++] = (pfx_word){
                .address = &keys->dk_nentries,
                .size = sizeof(Py_ssize_t),
                .value = (uintptr_t)keys->dk_nentries,
            };
        }
        return;
    }
#else
    (void)key;
#endif
    PyObject *const *place = dict_place(object);
    if (place != NULL && *place != NULL && PyDict_Check(*place)) {
        found->words[found->nwords++] = (pfx_word){
            .address = place, .size = sizeof(void *), .value = (uintptr_t)(void *)*place};
        found->dict = *place;
    }
}

PyObject *
pfx_instance_dict(PyObject *object)
{
    if (PyType_Check(object)) {
        return NULL;
    }
    PyObject **pointer = _PyObject_GetDictPtr(object);
    if (pointer == NULL) {
        if (PyErr_Occurred()) {
            PyErr_Clear();
        }
        return NULL;
    }
    return *pointer != NULL && PyDict_Check(*pointer) ? *pointer : NULL;
}
