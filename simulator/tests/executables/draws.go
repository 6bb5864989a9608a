// Says hello, prints what generators draw that are seeded as people seed them, and answers nobody.
package main

import (
	crypto "crypto/rand"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"math/rand"
	"net"
	"os"
	"time"
)

func main() {
	fmt.Println("draw", "Seed(UnixNano)", rand.New(rand.NewSource(time.Now().UnixNano())).Int63())
	rand.Seed(time.Now().UnixNano())
	fmt.Println("draw", "rand", rand.Int63())
	var bytes [8]byte
	crypto.Read(bytes[:])
	fmt.Println("draw", "crypto", binary.LittleEndian.Uint64(bytes[:]))
	var hash maphash.Hash
	fmt.Println("draw", "maphash", hash.Sum64())
	conn, err := net.Dial("udp", "localhost:"+os.Args[1])
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(conn, `{"src": "%s", "dst": "FFFF", "leader": "FFFF", "type": "hello"}`, os.Args[2])
	select {}
}
