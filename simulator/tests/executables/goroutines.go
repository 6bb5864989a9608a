// A replica without a fault in Go: goroutines, timers, randomness, and maps in whatever order. It finds no other
// process than itself.
package main

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

const primary = "0000"

type message map[string]any

type replica struct {
	me    string
	conn  *net.UDPConn
	lock  sync.Mutex
	store map[string]any
}

func (r *replica) send(to string, m message) {
	m["src"], m["dst"], m["leader"] = r.me, to, primary
	text, _ := json.Marshal(m)
	r.conn.Write(text)
}

func (r *replica) answer(m message) {
	r.lock.Lock()
	defer r.lock.Unlock()
	reply := message{"MID": m["MID"], "type": "ok"}
	key := fmt.Sprint(m["key"])
	switch {
	case r.me != primary:
		reply["type"] = "redirect"
	case m["type"] == "put":
		r.store[key] = m["value"]
	case r.store[key] == nil:
		reply["value"] = ""
	default:
		reply["value"] = r.store[key]
	}
	r.send(fmt.Sprint(m["src"]), reply)
}

// Tells the others now and then what time it is, and which keys come first.
func (r *replica) beat() {
	random := rand.New(rand.NewSource(time.Now().UnixNano()))
	for {
		time.Sleep(time.Duration(100+random.Intn(200)) * time.Millisecond)
		r.lock.Lock()
		first := []string{}
		for key := range r.store {
			if len(first) < 3 {
				first = append(first, key)
			}
		}
		r.lock.Unlock()
		r.send("FFFF", message{"type": "beat", "at": time.Now().UnixNano(), "keys": first})
	}
}

func main() {
	address, err := net.ResolveUDPAddr("udp", "localhost:"+os.Args[1])
	if err != nil {
		panic(err)
	}
	r := &replica{me: os.Args[2], store: map[string]any{}}
	if r.conn, err = net.DialUDP("udp", nil, address); err != nil {
		panic(err)
	}
	for _, whom := range []int{os.Getppid(), 1, -1} {
		if err := syscall.Kill(whom, 0); err != syscall.ESRCH {
			panic(err)
		}
	}
	if err := syscall.Kill(os.Getpid(), 0); err != nil {
		panic(err)
	}
	r.send("FFFF", message{"type": "hello"})
	go r.beat()
	requests := make(chan message)
	for worker := 0; worker < 3; worker++ {
		go func() {
			for m := range requests {
				r.answer(m)
			}
		}()
	}
	buffer := make([]byte, 65536)
	for {
		length, err := r.conn.Read(buffer)
		if err != nil {
			panic(err)
		}
		var m message
		if json.Unmarshal(buffer[:length], &m) == nil && (m["type"] == "get" || m["type"] == "put") {
			select {
			case requests <- m:
			case <-time.After(time.Second):
				fmt.Println("too busy")
			}
		}
	}
}
