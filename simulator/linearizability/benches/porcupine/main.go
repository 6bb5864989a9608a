// Command compare decides histories with porcupine. It reads one history a line, as JSON, and prints for each the
// verdict and the least time of several runs in milliseconds.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"time"

	"github.com/anishathalye/porcupine"
)

// call is an operation on a key. An absent value is nil.
type call struct {
	Client int     `json:"client"`
	Kind   string  `json:"kind"`
	Key    string  `json:"key"`
	From   *string `json:"from"`
	Value  *string `json:"value"`
	// OK is the result of a compare-and-set.
	OK     *bool  `json:"ok"`
	Invoke int64  `json:"invoke"`
	Return *int64 `json:"return"`
}

type history struct {
	Initial *string `json:"initial"`
	Calls   []call  `json:"calls"`
}

// value is a text, or nothing.
type value struct {
	exists bool
	text   string
}

func valueOf(text *string) value {
	if text == nil {
		return value{}
	}
	return value{true, *text}
}

func step(state, input, output interface{}) (bool, interface{}) {
	held, op := state.(value), input.(call)
	known := op.Return != nil
	switch op.Kind {
	case "get":
		return !known || held == valueOf(op.Value), held
	case "put":
		return true, valueOf(op.Value)
	case "append":
		return true, value{true, held.text + *op.Value}
	default:
		matches := held == valueOf(op.From)
		if known && matches != *op.OK {
			return false, held
		}
		if matches {
			return true, valueOf(op.Value)
		}
		return true, held
	}
}

func model(initial value) porcupine.Model {
	return porcupine.Model{
		Init: func() interface{} { return initial },
		Step: step,
		Partition: func(all []porcupine.Operation) [][]porcupine.Operation {
			byKey := map[string][]porcupine.Operation{}
			for _, operation := range all {
				key := operation.Input.(call).Key
				byKey[key] = append(byKey[key], operation)
			}
			parts := make([][]porcupine.Operation, 0, len(byKey))
			for _, part := range byKey {
				parts = append(parts, part)
			}
			return parts
		},
	}
}

func main() {
	input := bufio.NewReaderSize(os.Stdin, 1<<20)
	decoder := json.NewDecoder(input)
	for decoder.More() {
		var read history
		if err := decoder.Decode(&read); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		operations := make([]porcupine.Operation, 0, len(read.Calls))
		for _, made := range read.Calls {
			end := int64(math.MaxInt64)
			if made.Return != nil {
				end = *made.Return
			}
			operations = append(operations, porcupine.Operation{
				ClientId: made.Client, Input: made, Call: made.Invoke, Output: nil, Return: end,
			})
		}
		checked := model(valueOf(read.Initial))
		least := math.Inf(1)
		var result porcupine.CheckResult
		for run := 0; run < 3; run++ {
			start := time.Now()
			result = porcupine.CheckOperationsTimeout(checked, operations, time.Second)
			least = math.Min(least, float64(time.Since(start).Nanoseconds())/1e6)
			if least > 200 {
				break
			}
		}
		fmt.Println(result, least)
	}
}
