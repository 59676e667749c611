// The facts a protobuf decoder needs, read from the Go types that Kubernetes publishes.

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
)

// Types whose JSON form has a rule of its own; the decoder knows them by name.
var special = map[string]bool{
	"meta.Time": true, "meta.MicroTime": true, "meta.FieldsV1": true,
	"resource.Quantity": true, "intstr.IntOrString": true, "runtime.RawExtension": true,
	"apiextensions.JSON": true, "apiextensions.JSONSchemaPropsOrBool": true,
	"apiextensions.JSONSchemaPropsOrArray": true, "apiextensions.JSONSchemaPropsOrStringArray": true,
}

var packages = map[string]string{
	"k8s.io/apimachinery/pkg/apis/meta/v1":                     "meta",
	"k8s.io/apimachinery/pkg/api/resource":                     "resource",
	"k8s.io/apimachinery/pkg/util/intstr":                      "intstr",
	"k8s.io/apimachinery/pkg/runtime":                          "runtime",
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1": "apiextensions",
}

type table struct {
	Kinds    map[string]string   `json:"kinds"`
	Messages map[string][]string `json:"messages"`
}

func nameOf(t reflect.Type) string {
	short, ok := packages[t.PkgPath()]
	if !ok {
		short = strings.ReplaceAll(strings.TrimPrefix(t.PkgPath(), "k8s.io/api/"), "/", ".")
	}
	return short + "." + t.Name()
}

// typeOf names a type as the decoder does: string, bytes, int, bool, double, list MESSAGE, map TYPE, MESSAGE.
func (tab *table) typeOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "bool"
	case reflect.Int, reflect.Int32, reflect.Int64, reflect.Uint32, reflect.Uint64:
		return "int"
	case reflect.Float64:
		return "double"
	case reflect.Map:
		return "map " + tab.typeOf(t.Elem())
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "bytes"
		}
		return "items " + tab.typeOf(t.Elem()) // a named list is a message of its own: items = 1
	case reflect.Struct:
		tab.add(t)
		return nameOf(t)
	}
	panic(fmt.Sprintf("no rule for %v", t))
}

func (tab *table) add(t reflect.Type) {
	name := nameOf(t)
	if tab.Messages[name] != nil || special[name] {
		if strings.HasPrefix(name, "apiextensions.JSONSchemaPropsOr") {
			props, _ := t.FieldByName("Schema")
			tab.add(props.Type.Elem())
		}
		return
	}
	tab.Messages[name] = []string{} // known from here on: types may hold themselves
	fields := []string{}
	for i := 0; i < t.NumField(); i++ {
		if tag := strings.Split(t.Field(i).Tag.Get("protobuf"), ","); len(tag) > 1 {
			fields = append(fields, tag[1]+" "+tab.field(t.Field(i), tag))
		}
	}
	tab.Messages[name] = fields
}

// field answers "NAME FLAGS TYPE". Flags: r repeated, p a pointer (its zero value counts), o dropped from
// JSON when zero, z dropped from JSON when an empty message, i its fields belong to the parent, - none.
func (tab *table) field(f reflect.StructField, tag []string) string {
	jsonTag := strings.Split(f.Tag.Get("json"), ",")
	t, flags := f.Type, ""
	isPlain := t.Name() == "" || len(tag) > 2 && tag[2] == "rep"
	if t.Kind() == reflect.Slice && isPlain && t.Elem().Kind() != reflect.Uint8 {
		t, flags = t.Elem(), "r"
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
		if flags == "" {
			flags = "p"
		}
	}
	for _, option := range jsonTag[1:] {
		switch option {
		case "omitempty":
			flags += "o"
		case "omitzero":
			flags += "z"
		case "inline":
			flags += "i"
		}
	}
	if jsonTag[0] == "" && !strings.Contains(flags, "i") {
		flags += "i"
	}
	return fmt.Sprintf("%s %s %s", orDash(jsonTag[0]), orDash(flags), tab.typeOf(t))
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func writeTable(scheme *runtime.Scheme, kinds []string, path string) error {
	tab := &table{Kinds: map[string]string{}, Messages: map[string][]string{}}
	known := map[string]reflect.Type{}
	for gvk, t := range scheme.AllKnownTypes() {
		known[gvk.GroupVersion().String()+" "+gvk.Kind] = t
	}
	for _, kind := range kinds {
		t, ok := known[kind]
		if !ok {
			return fmt.Errorf("the Go modules know no %q", kind)
		}
		tab.add(t)
		tab.Kinds[kind] = nameOf(t)
	}
	out, err := json.MarshalIndent(tab, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(out, '\n'), 0o644)
}
