"""What this kubelet does not do, and what a real one does instead. Shown in the documentation."""

from __future__ import annotations

NOT_MODELLED: tuple[tuple[str, str, str], ...] = (
    # feature, here, upstream
    ("process namespace", "A container sees every process of its user; its main process is not process 1, its number is in $KUBETUTOR_PID for exec. `kill 1` does not reach it.", "A container sees its own processes only; the main one is process 1."),
    ("network namespace", "A pod has an address, not a network: a program must listen on $KUBETUTOR_LISTEN. `localhost` is the whole machine.", "A program may listen on every address; `localhost` is the pod."),
    ("file system", "A container has an empty working folder, its HOME, and sees the files of its user.", "A container sees the files of its image only."),
    ("images", "A name stands for a program of this machine; nothing is downloaded. `Always` is as good as present.", "Images are pulled from a registry, layer by layer."),
    ("memory limit", "Looked at once a second; over it, the process is killed.", "The kernel enforces it at once, by a control group."),
    ("CPU limit", "Not enforced.", "The kernel throttles, by a control group."),
    ("users and capabilities", "securityContext is stored and has no effect: processes run as the user who started the cluster.", "runAsUser, capabilities, seccomp and read-only root file systems are enforced."),
    ("volumes", "Volumes are not mounted yet, the service account's included.", "Each volume is mounted where volumeMounts say."),
    ("termination message", "/dev/termination-log is not read; the end of the log is, where terminationMessagePolicy says so.", "Its content becomes the message of the terminated state."),
    ("grpc probes", "Count as passed.", "The kubelet calls the gRPC health service."),
    ("redirects of HTTP probes", "Any status from 200 to 399 passes.", "Redirects to the same host are followed."),
    ("background processes of exec", "End with the command that started them.", "Live on until the container ends."),
    ("ephemeral containers, in-place resize, static pods", "Not run.", "Run by the kubelet."),
    ("eviction under node pressure", "Node conditions always say that all is well.", "The kubelet evicts pods when memory, disk or process numbers run out."),
    ("rules of custom kinds", "Rules in CEL are asked; their types are not checked when they are defined, they have no budget, and quantities, addresses, URLs and optional fields are not known to them.", "Rules are compiled against the schema, and may not cost too much."),
    ("conversion webhooks, admission webhooks", "A definition may name a webhook; it is not called, and versions differ in their apiVersion only.", "The API server asks the webhook."),
    ("status in steps", "Changes that come together are written together: a new pod is written twice, ContainerCreating and Running.", "Two to four writes, in between PodReadyToStartContainers."),
)  # fmt: skip
