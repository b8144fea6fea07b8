// Uses the client that openapi-generator makes for Go; generated-clients.test.ts builds and runs it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"os"
	"slices"
	"strings"
	"time"

	"example.org/televisit/client"
)

func must[T any](value T, _ any, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	configuration := client.NewConfiguration()
	for index := range configuration.Servers {
		configuration.Servers[index].URL = os.Getenv("API_URL") + configuration.Servers[index].URL
	}
	keys := map[string]client.APIKey{"internalSecret": {Key: os.Getenv("API_SECRET")}}
	ctx := context.WithValue(context.Background(), client.ContextAPIKeys, keys)
	api := client.NewAPIClient(configuration)

	request := client.NewCreateSessionRequest("go-1")
	request.SetDoctorId("dr-jones")
	request.SetPatientId("patient-7")
	request.SetTitle("Überblick")
	options := client.NewCreateSessionRequestOptions()
	options.SetChat(true)
	request.SetOptions(*options)
	request.SetMetadata(map[string]string{"ward": "4"})
	seat := client.NewCreateSessionRequestSeatsInner("interpreter-1", "interpreter")
	seat.SetDisplayNameNil()
	request.SetSeats([]client.CreateSessionRequestSeatsInner{*seat})
	created := must(api.SessionsAPI.CreateSession(ctx).IdempotencyKey("go-1").CreateSessionRequest(*request).Execute())
	id := created.SessionId

	person := client.NewJoinSessionRequest("patient", "patient-7")
	link := must(api.PeopleAPI.JoinSession(ctx, id).JoinSessionRequest(*person).Execute())
	page := must(api.SessionsAPI.ListSessions(ctx).Status([]string{"scheduled", "live"}).From(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).Execute())
	must(api.SessionsAPI.EndSession(ctx, id).Execute())
	session := must(api.SessionsAPI.GetSession(ctx, id).Execute())
	report := must(api.ReportsAPI.GetReport(ctx, id).Execute())
	audit := must(api.ReportsAPI.GetAudit(ctx, id).Execute())

	_, _, err := api.SessionsAPI.GetSession(ctx, "sess_00000000").Execute()
	var refusal *client.GenericOpenAPIError
	if !errors.As(err, &refusal) {
		log.Fatal("an unknown session was found")
	}
	problem, _ := refusal.Model().(client.Problem)

	var endedBy *string
	if report.EndedBy.IsSet() && report.EndedBy.Get() != nil {
		endedBy = &report.EndedBy.Get().Type
	}
	must(0, nil, json.NewEncoder(os.Stdout).Encode(map[string]any{
		"joinUrl": strings.HasPrefix(link.JoinUrl, "http"),
		"listed":  slices.ContainsFunc(page.Sessions, func(one client.Session) bool { return one.SessionId == id }),
		"title":   session.GetTitle(),
		"ward":    session.Metadata["ward"],
		"seats":   len(session.Seats),
		"status":  session.Status,
		"endedBy": endedBy,
		"actions": slices.ContainsFunc(audit.Entries, func(one client.AuditEntry) bool { return one.Action == "session.created" }),
		"refusal": problem.Code,
	}))
}
