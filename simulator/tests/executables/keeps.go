// A replica without a fault in Go: the first one keeps everything in its memory and in a file, and the others send the
// clients to it. With a file called mistake next to it, it never syncs.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"time"
)

const primary = "0000"

type message map[string]any

type record struct{ Key, Value string }

type replica struct {
	me    string
	conn  *net.UDPConn
	store map[string]string
	file  *os.File
	syncs bool
	held  []message
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func (r *replica) send(to string, m message) {
	m["src"], m["dst"], m["leader"] = r.me, to, primary
	text, _ := json.Marshal(m)
	r.conn.Write(text)
}

// Reads the records up to one that is torn, and cuts that off.
func (r *replica) open() {
	file, err := os.OpenFile("records", os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	must(err)
	reader, sound := bufio.NewReader(file), int64(0)
	for {
		line, err := reader.ReadBytes('\n')
		var one record
		if err != nil || json.Unmarshal(line, &one) != nil {
			break
		}
		r.store[one.Key] = one.Value
		sound += int64(len(line))
	}
	must(file.Truncate(sound))
	r.file = file
	r.sync()
}

func (r *replica) sync() {
	if r.syncs {
		must(r.file.Sync())
	}
}

func (r *replica) answer(m message) {
	key, reply := fmt.Sprint(m["key"]), message{"MID": m["MID"], "type": "ok"}
	if m["type"] == "put" {
		value := fmt.Sprint(m["value"])
		line, _ := json.Marshal(record{key, value})
		_, err := r.file.Write(append(line, '\n'))
		must(err)
		r.store[key] = value
		r.sync()
	} else {
		reply["value"] = r.store[key]
	}
	r.send(fmt.Sprint(m["src"]), reply)
}

func main() {
	address, err := net.ResolveUDPAddr("udp", "localhost:"+os.Args[1])
	must(err)
	_, mistake := os.Stat("mistake")
	r := &replica{me: os.Args[2], store: map[string]string{}, syncs: mistake != nil}
	if r.me == primary {
		r.open()
	}
	r.conn, err = net.DialUDP("udp", nil, address)
	must(err)
	r.send("FFFF", message{"type": "hello"})
	if r.me == primary {
		go func() {
			for range time.Tick(100 * time.Millisecond) {
				r.send("FFFF", message{"type": "beat"})
			}
		}()
	}
	buffer := make([]byte, 65536)
	for {
		length, err := r.conn.Read(buffer)
		must(err)
		var m message
		must(json.Unmarshal(buffer[:length], &m))
		switch {
		case m["type"] == "beat":
			// To send clients to a primary that is gone would keep them going round.
			for _, request := range r.held {
				r.send(fmt.Sprint(request["src"]), message{"MID": request["MID"], "type": "redirect"})
			}
			r.held = nil
		case r.me == primary:
			r.answer(m)
		default:
			r.held = append(r.held, m)
		}
	}
}
