package feed

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

const schemaFile = "../../schemas/contract.schema.json"

// The schema for editors in the repository is the one that the loader's table of keys gives.
func TestJSONSchema(t *testing.T) {
	golden(t, schemaFile, string(JSONSchema()))
}

func TestJSONSchemaTakesGoodContracts(t *testing.T) {
	schema := compiled(t)
	for _, name := range contracts(t, "testdata/good") {
		value, err := decoded("testdata/good/" + name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Beside testdata/bad stands the list of the bad contracts that the schema takes: their faults are of YAML, of the files beside
// them, or of what one part says of another. Any other bad contract it refuses.
func TestJSONSchemaRefusesBadContracts(t *testing.T) {
	schema := compiled(t)
	var taken, refused []string
	for _, name := range contracts(t, "testdata/bad") {
		value, err := decoded("testdata/bad/" + name)
		if err != nil || schema.Validate(value) == nil {
			taken = append(taken, name)
			continue
		}
		refused = append(refused, name)
	}
	golden(t, "testdata/bad-beyond-schema.txt", strings.Join(taken, "\n")+"\n")
	if len(refused) < 60 {
		t.Errorf("the schema refuses only %d of the bad contracts", len(refused))
	}
}

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(JSONSchema())))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("contract.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("contract.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// decoded gives the value of a YAML file as an editor sees it.
func decoded(name string) (any, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	text, err := yaml.YAMLToJSON(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
}
