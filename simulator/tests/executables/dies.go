// A replica that fails when it is first asked for something, deep in its own calls.
package main

import (
	"fmt"
	"net"
	"os"
)

func descend(depth int, requests []int) int {
	if depth > 0 {
		return descend(depth-1, requests)
	}
	return requests[3]
}

func main() {
	conn, err := net.Dial("udp", "localhost:"+os.Args[1])
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(conn, `{"src": "%s", "dst": "FFFF", "leader": "FFFF", "type": "hello"}`, os.Args[2])
	conn.Read(make([]byte, 65536))
	descend(12, []int{1, 2, 3})
}
