package main

import (
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

// serve lets the clients of listener talk with FerretDB, one command at a time. MongoDB changes a document in one step;
// FerretDB on SQLite reads it, changes it and writes it, and between these a command of another connection may have
// done the same: of two updates that ask for the same version both would match.
func serve(listener net.Listener, ferret string) error {
	var turn sync.Mutex
	for {
		client, err := listener.Accept()
		if err != nil {
			return err
		}
		go relay(client, ferret, &turn)
	}
}

// relay serves one client until it or FerretDB hangs up.
func relay(client net.Conn, ferret string, turn *sync.Mutex) {
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
		reply, err := takeTurn(server, request, turn)
		if err != nil {
			return
		}
		// Who asked for no acknowledgement would take FerretDB's for the reply to its next command.
		if wantsNoReply(request) {
			continue
		}
		if _, err := client.Write(reply); err != nil {
			return
		}
	}
}

func takeTurn(server net.Conn, request []byte, turn *sync.Mutex) ([]byte, error) {
	turn.Lock()
	defer turn.Unlock()
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
