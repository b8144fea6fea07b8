// The MongoDB-compatible server of the tests: FerretDB on SQLite, for machines that have Go but no mongod.
// Usage: ferretdb HOST:PORT FOLDER
package main

import (
	"context"
	"io"
	"log"
	"log/slog"
	"net"
	"net/url"
	"os"

	"github.com/FerretDB/FerretDB/ferretdb"
)

// The set-up recognizes by this exit code that the binary runs here; see scripts/setup/mongo-build.mjs.
const usageExitCode = 64

func main() {
	if len(os.Args) != 3 {
		os.Exit(usageExitCode)
	}
	go endWithInput()
	inner, err := startFerret(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(serve(listener, inner))
}

// endWithInput ends this process when its parent is gone, which holds the other end of the input. It does not wait for
// connections as FerretDB would: SQLite keeps what was committed.
func endWithInput() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

// startFerret returns the address of a FerretDB with its data in folder.
func startFerret(folder string) (string, error) {
	server, err := ferretdb.New(&ferretdb.Config{
		Listener: ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Handler:  "sqlite",
		// Committed data must survive this process, and no more for tests: nothing waits for a disk.
		SQLiteURL: "file:" + folder + "/?_pragma=synchronous(off)",
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		return "", err
	}
	go func() { log.Fatal(server.Run(context.Background())) }()
	uri, err := url.Parse(server.MongoDBURI())
	if err != nil {
		return "", err
	}
	return uri.Host, nil
}
