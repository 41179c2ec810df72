package feed

import (
	"bytes"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/assay-dev/assay/schemas"
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
	for _, name := range Packs() {
		data, err := fs.ReadFile(schemas.Feeds, "feeds/"+name+"/feed.yaml")
		if err != nil {
			t.Fatal(err)
		}
		value, err := decode(data)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("pack %s: %v", name, err)
		}
	}
}

// What YAML takes for something else is text to the loader, and must be to the schema.
func TestJSONSchemaTakesWhatTheLoaderTakes(t *testing.T) {
	schema := compiled(t)
	for _, text := range []string{
		"feed: 1\nversion: 0x10\ncolumns: {1: {type: string}}\n",
		"feed: true\nversion: 1.50\ncolumns: {true: {type: bool, required: TRUE}}\n",
		"feed: a\nversion: 1\ncsv: {delimiter: ^, charset: Utf-16}\ncolumns: {a: {type: int64}}\n",
		"feed: a\nversion: 1\ncsv: {}\ncolumns: {a: {type: int64, alias: {}}}\nrefs: {}\nrules: {}\nlimits: {}\ncredits: {}\noutput: {}\n",
		"feed: a\nversion: 1\ncolumns: {a: {type: int64}}\nrules: {x: true, y: 1.5, 7: {must: 1}}\n",
		"feed: a\nversion: 1\ncolumns: {a: {type: int64}}\nlimits: {rows: \"1_000\", bytes: 1_000 kB}\n",
		"feed: a\nversion: 1\ncsv: {charset: ' Utf-8 '}\ncolumns: {a: {type: int64}}\nlimits: {rows: 1.0, bytes: 0x10}\ncredits: {per_rows: 1_000}\n",
		"feed: a\nversion: -5\ncolumns: {a: {type: int64}}\nlimits: {rows: \"00_0_5\"}\n",
		"feed: a\nversion: 1\ncolumns: {a: {type: int64}, b: {type: int64}}\nscore: {kind: linear, weights: {a: 1_000, b: 0x10}, intercept: -1e3, add: [s]}\n",
		"feed: a\nversion: 1\ncolumns: {a: {type: category, values: [\"1.0\", 1]}}\n",
		"feed: a\nversion: 1\ncolumns: {a: {type: int64}}\nscore: {kind: linear, weights: {a: \"+.5e-3\"}, intercept: 10, add: [1]}\n",
		"feed: a\nversion: 1\ncolumns: {a: {type: \"decimal( 38 , 38 )\"}, b: {type: category, values: [1, true, x], unknown: 0, empty: null}}\n",
	} {
		if _, err := Load(fstest.MapFS{"a.yaml": {Data: []byte(text)}}, "a.yaml"); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		value, err := decode([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// What the loader refuses of one value the schema refuses too.
func TestJSONSchemaRefusesWhatTheLoaderRefuses(t *testing.T) {
	schema := compiled(t)
	const columns = "columns: {a: {type: int64}}\n"
	for _, text := range []string{
		"feed: -5\nversion: 1\n" + columns,
		"feed: a\nversion: 1\n" + columns + "limits: {rows: \"1__0\"}\n",
		"feed: a\nversion: 1\n" + columns + "limits: {rows: \"0\"}\n",
		"feed: a\nversion: 1\n" + columns + "limits: {rows: \"_1\"}\n",
		"feed: a\nversion: 1\n" + columns + "limits: {rows: 1.5}\n",
		"feed: a\nversion: 1\n" + columns + "limits: {bytes: \"0 MB\"}\n",
		"feed: a\nversion: 1\n" + columns + "limits: {rows: 0x0}\n",
		"feed: a\nversion: 1\n" + columns + "score: {kind: linear, weights: {a: \"1_000\"}, add: [s]}\n",
		"feed: a\nversion: 1\ncolumns: {a: {type: \"decimal(0,0)\"}}\n",
		"feed: a\nversion: 1\ncolumns: {a: {type: \"decimal(39,0)\"}}\n",
		"feed: a\nversion: 1\ncolumns: {a: {type: category, values: [1.0, 1]}}\n",
		"feed: a\nversion: 1\ncolumns: {\"\": {type: int64}}\n",
		"feed: a\nversion: 1\ncolumns: {\" a\": {type: int64}}\n",
		"feed: a\nversion: 1\ncolumns: {a: {type: int64, alias: {x: \"a \"}}}\n",
		"feed: a\nversion: 1\ncolumns: {a: {type: int64, alias: {\"\": b}}}\n",
		"feed: a\nversion: 1\n" + columns + "score: {kind: expression, add: {\"\": a}}\n",
		"feed: a\nversion: 1\n" + columns + "score: {kind: expression, add: {\" x \": a}}\n",
		"feed: a\nversion: 1\n" + columns + "score: {kind: linear, weights: {a: 1}, add: [\" x\"]}\n",
		"feed: a\nversion: 1\n" + columns + "refs: {r: {file: r.csv, key: a, add: [\"x \"]}}\n",
	} {
		if _, err := Load(fstest.MapFS{"a.yaml": {Data: []byte(text)}, "r.csv": {Data: []byte("a,x\n")}}, "a.yaml"); err == nil {
			t.Errorf("the loader takes %q", text)
		}
		value, err := decode([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if schema.Validate(value) == nil {
			t.Errorf("the schema takes %q", text)
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
	return decode(data)
}

func decode(data []byte) (any, error) {
	text, err := yaml.YAMLToJSON(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
}
