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
    ("users of the cluster's own parts", "Kubelets, controllers and the scheduler are one process and may do everything; their roles are there to be read.", "Each has a user or an account of its own with few rights; a kubelet may touch its own node and pods alone."),
    ("client certificates", "Who shows a certificate that another authority signed, or an old one, is not let in at all: TLS ends. The authority of clients is not that of the server.", "The answer is 401. One authority signs for servers and clients."),
    ("certificate signers", "`kubernetes.io/kube-apiserver-client` alone signs; old requests stay until somebody deletes them.", "Signers for kubelets too; requests are removed after an hour, or a day if nobody decides."),
    ("tokens in secrets", "When one was last used is not noted, and none is removed for being old.", "The secret's label says the day; those that nobody used for a year are removed."),
    ("status in steps", "Changes that come together are written together: a new pod is written twice, ContainerCreating and Running.", "Two to four writes, in between PodReadyToStartContainers."),
)  # fmt: skip
