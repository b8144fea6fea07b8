package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
)

// The header of every message and the flags of OP_MSG, from the MongoDB wire protocol.
const (
	headerLength = 16
	maxLength    = 48_000_000
	opMsg        = 2013
	moreToCome   = 1 << 1
)

// Commands that change nothing, and so need not wait.
var readOnly = map[string]bool{
	"aggregate": true, "count": true, "distinct": true, "find": true, "getMore": true,
	"buildInfo": true, "endSessions": true, "hello": true, "ismaster": true, "ping": true,
}

// serve passes the commands of listener's clients to FerretDB, with one change at a time. MongoDB changes a document
// atomically. FerretDB on SQLite reads, changes and writes it, and a command of another connection may do the same in
// between: two updates of the same version would both match.
func serve(listener net.Listener, ferret string) error {
	var changes sync.Mutex
	for {
		client, err := listener.Accept()
		if err != nil {
			return err
		}
		go relay(client, ferret, &changes)
	}
}

// relay serves one client until it or FerretDB closes the connection.
func relay(client net.Conn, ferret string, changes *sync.Mutex) {
	defer client.Close()
	server, err := net.Dial("tcp", ferret)
	if err != nil {
		return
	}
	defer server.Close()
	for {
		request, err := readMessage(client)
		if err != nil {
			return
		}
		reply, err := answer(server, request, changes)
		if err != nil {
			return
		}
		// A client that wants no acknowledgement would take FerretDB's as the reply to its next command.
		if wantsNoReply(request) {
			continue
		}
		if _, err := client.Write(reply); err != nil {
			return
		}
	}
}

func answer(server net.Conn, request []byte, changes *sync.Mutex) ([]byte, error) {
	if !readOnly[commandOf(request)] {
		changes.Lock()
		defer changes.Unlock()
	}
	if _, err := server.Write(request); err != nil {
		return nil, err
	}
	return readMessage(server)
}

func readMessage(connection net.Conn) ([]byte, error) {
	header := make([]byte, headerLength)
	if _, err := io.ReadFull(connection, header); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint32(header)
	if length < headerLength || length > maxLength {
		return nil, fmt.Errorf("a message of %d bytes", length)
	}
	message := make([]byte, length)
	copy(message, header)
	_, err := io.ReadFull(connection, message[headerLength:])
	return message, err
}

func wantsNoReply(message []byte) bool {
	isMsg := binary.LittleEndian.Uint32(message[12:]) == opMsg
	return isMsg && len(message) >= headerLength+4 && binary.LittleEndian.Uint32(message[headerLength:])&moreToCome != 0
}

// commandOf returns the name of the command in an OP_MSG: that of the first element of its body, which comes first from
// every driver. It is empty for anything else.
func commandOf(message []byte) string {
	const (
		body      = headerLength + 4 // flags
		firstName = body + 1 + 4 + 1 // kind of section, length of document, type of element
	)
	if binary.LittleEndian.Uint32(message[12:]) != opMsg || len(message) < firstName || message[body] != 0 {
		return ""
	}
	name, _, _ := bytes.Cut(message[firstName:], []byte{0})
	return string(name)
}
