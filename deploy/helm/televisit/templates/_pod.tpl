{{/* What the pods of both components have in common. Context: root, component, values (of the component). */}}

{{- define "televisit.podMetadata" -}}
{{- $root := .root -}}
annotations:
  # A change of the configuration restarts the pods one by one.
  checksum/config: {{ printf "%s%s" (include "televisit.settings" $root) (toJson $root.Values.media.announcedAddresses) | sha256sum }}
  checksum/secrets: {{ toJson $root.Values.secrets | sha256sum }}
  {{- with .values.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
labels:
  {{- include "televisit.selectorLabels" $root | nindent 2 }}
  app.kubernetes.io/component: {{ .component }}
  {{- with $root.Values.commonLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  televisit/metrics: {{ $root.Values.metrics.enabled | quote }}
  {{- with .values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "televisit.podSettings" -}}
{{- $root := .root -}}
serviceAccountName: {{ include "televisit.serviceAccountName" $root }}
automountServiceAccountToken: false
# Variables of Services could have the names of settings.
enableServiceLinks: false
# The first process of the pod then reaps children that a media worker may leave behind.
shareProcessNamespace: true
terminationGracePeriodSeconds: {{ .values.terminationGracePeriodSeconds }}
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/*
The name of the container. Helm 3 merges ports of a container by their number (Kubernetes' strategic merge), and so loses one of
UDP and TCP when ports are added; a container of a new name is not merged.
*/}}
{{- define "televisit.containerName" -}}
{{- $media := .root.Values.media -}}
{{- if and (eq .component "media") (not $media.hostNetwork) -}}
{{- printf "server-%d-%d" (int $media.ports.rtc) (int $media.workers) -}}
{{- else -}}
server
{{- end -}}
{{- end -}}

{{/* The beginning of a container: everything but its own environment, its ports and its volumes. */}}
{{- define "televisit.container" -}}
{{- $root := .root -}}
name: {{ include "televisit.containerName" . }}
image: {{ include "televisit.image" $root | quote }}
imagePullPolicy: {{ $root.Values.image.pullPolicy }}
{{- with $root.Values.securityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- range $probe := list "startupProbe" "readinessProbe" "livenessProbe" }}
{{- with index $root.Values $probe }}
{{ $probe }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
envFrom:
  - configMapRef: { name: {{ include "televisit.fullname" $root }} }
  {{- if $root.Values.secrets.create }}
  - secretRef: { name: {{ include "televisit.fullname" $root }} }
  {{- end }}
  {{- with $root.Values.secrets.existingSecret }}
  - secretRef: { name: {{ . }} }
  {{- end }}
  {{- with $root.Values.extraEnvFrom }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* Environment of both components; it counts more than that of envFrom. */}}
{{- define "televisit.env" -}}
{{- $root := .root -}}
{{- range $name, $from := $root.Values.secrets.fromKeys }}
- name: {{ $name }}
  valueFrom: { secretKeyRef: { name: {{ $from.name }}, key: {{ $from.key }} } }
{{- end }}
{{- if and $root.Values.metrics.enabled $root.Values.metrics.tokenSecret.name }}
- name: METRICS_TOKEN
  valueFrom: { secretKeyRef: { name: {{ $root.Values.metrics.tokenSecret.name }}, key: {{ $root.Values.metrics.tokenSecret.key }} } }
{{- end }}
{{- with $root.Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "televisit.volumeMounts" -}}
- { name: data, mountPath: /data }
- { name: tmp, mountPath: /tmp }
{{- if .root.Values.recordings.existingClaim }}
- { name: recordings, mountPath: /recordings }
{{- end }}
{{- with .root.Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "televisit.volumes" -}}
- name: tmp
  emptyDir: {}
{{- with .root.Values.recordings.existingClaim }}
- name: recordings
  persistentVolumeClaim: { claimName: {{ . }} }
{{- end }}
{{- with .root.Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}
