// Objects as a Go client sends them, in both forms.

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
)

// writeGolden reads each NAME.yaml of the folder and writes NAME.pb and NAME.json beside it.
func writeGolden(scheme *runtime.Scheme, folder string) error {
	paths, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		return err
	}
	yaml := json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme, scheme, json.SerializerOptions{Yaml: true, Strict: true})
	pretty := json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme, scheme, json.SerializerOptions{Pretty: true})
	proto := protobuf.NewSerializer(scheme, scheme)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		object, _, err := yaml.Decode(text, nil, nil)
		if err != nil {
			return err
		}
		if err := writePair(object, strings.TrimSuffix(path, ".yaml"), proto, pretty); err != nil {
			return err
		}
	}
	return nil
}

// writePair writes what a client sends, and as JSON what a server reads from it: empty lists are gone by then.
func writePair(object runtime.Object, stem string, proto, pretty runtime.Serializer) error {
	var sent, read bytes.Buffer
	if err := proto.Encode(object, &sent); err != nil {
		return err
	}
	received, kind, err := proto.Decode(sent.Bytes(), nil, nil)
	if err != nil {
		return err
	}
	received.GetObjectKind().SetGroupVersionKind(*kind)
	if err := pretty.Encode(received, &read); err != nil {
		return err
	}
	if err := os.WriteFile(stem+".pb", sent.Bytes(), 0o644); err != nil {
		return err
	}
	return os.WriteFile(stem+".json", read.Bytes(), 0o644)
}
