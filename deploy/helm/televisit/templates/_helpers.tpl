{{/* The name of the chart in labels. */}}
{{- define "televisit.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{/* The beginning of all names. 50 characters, because a pod's name is that of an SFU node. */}}
{{- define "televisit.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains (include "televisit.name" .) .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "televisit.name" .) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "televisit.selectorLabels" -}}
app.kubernetes.io/name: {{ include "televisit.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "televisit.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{ include "televisit.selectorLabels" . }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "televisit.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "televisit.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "televisit.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{- printf "%s@%s" .repository .digest -}}
{{- else -}}
{{- printf "%s:%s" .repository (default $.Chart.AppVersion .tag) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The component to which requests go. */}}
{{- define "televisit.frontend" -}}
{{- ternary "api" "media" .Values.api.enabled -}}
{{- end -}}

{{/* Not empty if there may be several servers, which share MongoDB and Redis. */}}
{{- define "televisit.isCluster" -}}
{{- if or .Values.api.enabled (gt (int .Values.media.replicas) 1) -}}true{{- end -}}
{{- end -}}

{{/* Not empty if the chart knows that a setting is in a Secret; one in existingSecret is unknown to it. */}}
{{- define "televisit.hasSecret" -}}
{{- $secrets := .root.Values.secrets -}}
{{- if or (hasKey $secrets.fromKeys .name) (hasKey $secrets.create .name) -}}true{{- end -}}
{{- end -}}

{{/* Fails with a remedy if the values cannot work together. Linting does not fail, since the defaults alone lack the address. */}}
{{- define "televisit.check" -}}
{{- $needed := list "INTERNAL_SECRET" "VIDEO_JWT_SECRET" -}}
{{- if include "televisit.isCluster" . -}}
{{- $needed = concat $needed (list "MONGO_URI" "REDIS_URL") -}}
{{- end -}}
{{- if .Values.turn.urls -}}
{{- $needed = append $needed "TURN_SECRET" -}}
{{- end -}}
{{- if not .Values.secrets.existingSecret -}}
{{- range $name := $needed -}}
{{- if not (include "televisit.hasSecret" (dict "root" $ "name" $name)) -}}
{{- $_ := required (printf "%s is missing: set secrets.existingSecret to a Secret that has it, or secrets.fromKeys.%s" $name $name) nil -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.recordings.existingClaim (hasKey .Values.config "RECORDINGS_S3_BUCKET") -}}
{{- fail "recordings.existingClaim and config.RECORDINGS_S3_BUCKET exclude each other: recordings are kept in one place" -}}
{{- end -}}
{{- $stores := or .Values.recordings.existingClaim (hasKey .Values.config "RECORDINGS_S3_BUCKET") -}}
{{- if and (include "televisit.isCluster" .) (include "televisit.hasSecret" (dict "root" . "name" "RECORDING_KEY")) (not $stores) -}}
{{- fail "RECORDING_KEY is set, but several pods have no common place for recordings: set config.RECORDINGS_S3_BUCKET or recordings.existingClaim" -}}
{{- end -}}
{{- $stop := add .Values.shutdown.delaySeconds .Values.shutdown.drainSeconds 15 -}}
{{- range $component := list .Values.media .Values.api -}}
{{- if lt (int $component.terminationGracePeriodSeconds) (int $stop) -}}
{{- fail (printf "terminationGracePeriodSeconds is %d, but a pod takes up to %d seconds to stop: shutdown.delaySeconds, shutdown.drainSeconds and 15" (int $component.terminationGracePeriodSeconds) (int $stop)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The settings that are no secrets and the same for all pods. */}}
{{- define "televisit.settings" -}}
NODE_ENV: production
CLIENT_BASE_URL: {{ required "clientBaseUrl is missing: the address that participants open, such as https://visits.example.org" .Values.clientBaseUrl | quote }}
TRUST_PROXY: {{ .Values.trustProxy | quote }}
DATA_DIR: /data
SHUTDOWN_DELAY_SECONDS: {{ .Values.shutdown.delaySeconds | quote }}
DRAIN_SECONDS: {{ .Values.shutdown.drainSeconds | quote }}
{{- if .Values.recordings.existingClaim }}
RECORDINGS_DIR: /recordings
{{- end }}
{{- with .Values.turn.urls }}
TURN_URLS: {{ join "," . | quote }}
{{- end }}
{{- range $name, $value := .Values.config }}
{{ $name }}: {{ $value | quote }}
{{- end }}
{{- end -}}
