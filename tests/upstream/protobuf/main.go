// Writes what kubetutor knows of Kubernetes' protobuf form, from the Go modules that Kubernetes publishes:
//
//	python tests/upstream/protobuf_table.py
//
// which runs `go run . KINDS TABLE GOLDEN`: KINDS is a file with one "apps/v1 Deployment" per line, TABLE the
// data file to write, GOLDEN a folder for pairs of NAME.pb (what a Go client sends) and NAME.json (the same in JSON).
package main

import (
	"fmt"
	"os"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/client-go/kubernetes/scheme"
)

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(kindsPath, tablePath, goldenFolder string) error {
	if err := apiextensions.AddToScheme(scheme.Scheme); err != nil {
		return err
	}
	text, err := os.ReadFile(kindsPath)
	if err != nil {
		return err
	}
	kinds := strings.Split(strings.TrimSpace(string(text)), "\n")
	if err := writeTable(scheme.Scheme, kinds, tablePath); err != nil {
		return err
	}
	return writeGolden(scheme.Scheme, goldenFolder)
}
