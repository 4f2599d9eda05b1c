{{- define "sortie.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "sortie.selector" -}}
app.kubernetes.io/name: sortie
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "sortie.labels" -}}
{{ include "sortie.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "sortie.image" -}}
{{- with .Values.image }}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{- /* Where a pod may run, and how little it may do: (dict "root" $ "settings" .Values.operator) */}}
{{- define "sortie.pod" -}}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .settings.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .settings.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .settings.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "sortie.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- /* Deployment and disruption budget of a part: (dict "root" $ "part" "operator" "settings" .Values.operator "args" list) */}}
{{- define "sortie.part" -}}
{{- $root := .root }}
{{- $name := printf "%s-%s" (include "sortie.fullname" $root) .part }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "sortie.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .part }}
spec:
  replicas: {{ .settings.replicas }}
  selector:
    matchLabels:
      {{- include "sortie.selector" $root | nindent 6 }}
      app.kubernetes.io/component: {{ .part }}
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxUnavailable: 1, maxSurge: 1}
  template:
    metadata:
      {{- $annotations := .settings.podAnnotations }}
      {{- if .podPolicy }}
      {{- $annotations = merge (dict "checksum/pod-policy" (.podPolicy | sha256sum)) $annotations }}
      {{- end }}
      {{- with $annotations }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      labels:
        {{- include "sortie.labels" $root | nindent 8 }}
        app.kubernetes.io/component: {{ .part }}
        sortie/metrics: served
    spec:
      serviceAccountName: {{ $name }}
      automountServiceAccountToken: true
      {{- include "sortie.pod" . | nindent 6 }}
      terminationGracePeriodSeconds: 30
      affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms:
              - matchExpressions:
                  - {key: fleet.sortie/simulated, operator: DoesNotExist}
        podAntiAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
            - weight: 100
              podAffinityTerm:
                topologyKey: kubernetes.io/hostname
                labelSelector:
                  matchLabels:
                    {{- include "sortie.selector" $root | nindent 20 }}
                    app.kubernetes.io/component: {{ .part }}
      containers:
        - name: {{ .part }}
          image: {{ include "sortie.image" $root }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          args:
            - {{ .part }}
            - --leader-elect
            - --metrics-address=:8080
            - --health-address=:8081
            - --log-level={{ .settings.logLevel }}
            {{- with $root.Values.watchNamespace }}
            - --namespace={{ . }}
            {{- end }}
            {{- if ne $root.Values.schedulerName "sortie-scheduler" }}
            - --scheduler-name={{ $root.Values.schedulerName }}
            {{- end }}
            {{- range concat (.args | default list) .settings.extraArgs }}
            - {{ . | quote }}
            {{- end }}
          env:
            - name: POD_NAME
              valueFrom: {fieldRef: {apiVersion: v1, fieldPath: metadata.name}}
            - name: POD_NAMESPACE
              valueFrom: {fieldRef: {apiVersion: v1, fieldPath: metadata.namespace}}
            {{- with .settings.extraEnv }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          ports:
            - {name: metrics, containerPort: 8080, protocol: TCP}
            - {name: health, containerPort: 8081, protocol: TCP}
          livenessProbe:
            httpGet: {path: /healthz, port: health}
            periodSeconds: 20
            initialDelaySeconds: 15
          readinessProbe:
            httpGet: {path: /readyz, port: health}
            periodSeconds: 5
          resources:
            {{- toYaml .settings.resources | nindent 12 }}
          securityContext:
            {{- include "sortie.containerSecurity" . | nindent 12 }}
          {{- if .podPolicy }}
          volumeMounts:
            - {name: pod-policy, mountPath: /etc/sortie, readOnly: true}
          {{- end }}
      {{- if .podPolicy }}
      volumes:
        - name: pod-policy
          configMap: {name: {{ include "sortie.fullname" $root }}-pod-policy}
      {{- end }}
{{- if and .settings.podDisruptionBudget (gt (int .settings.replicas) 1) }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ $name }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "sortie.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .part }}
spec:
  minAvailable: 1
  selector:
    matchLabels:
      {{- include "sortie.selector" $root | nindent 6 }}
      app.kubernetes.io/component: {{ .part }}
{{- end }}
{{- end }}
