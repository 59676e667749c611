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
    ("measured use", "CPU time and memory of the processes of a container, read from /proc while somebody asks or an autoscaler exists; what a command executed in it used is forgotten with its end. Nodes share one machine: a node uses what its pods use.", "Control groups count all the time; the kubelet reads them every 10 to 15 seconds."),
    ("names of services", "Where this user may not open port 53, a pod finds them in its /etc/hosts: no ports (SRV), no ExternalName, and only in programs that read that file. Where the kernel allows no mounts, not at all.", "A pod asks CoreDNS, at port 53 of kube-dns."),
    ("kube-dns", "Answered by the cluster's own process: there are no CoreDNS pods, and no metrics at port 9153.", "A Deployment of CoreDNS in kube-system."),
    ("metrics of other kinds", "Autoscalers can use Resource and ContainerResource; Pods, Object and External are refused as on a cluster without an adapter.", "An adapter may serve custom.metrics.k8s.io and external.metrics.k8s.io."),
    ("APIServices", "Shown; one that a user makes serves nothing.", "Requests for its group are sent on to its service."),
    ("grpc probes", "Count as passed.", "The kubelet calls the gRPC health service."),
    ("redirects of HTTP probes", "Any status from 200 to 399 passes.", "Redirects to the same host are followed."),
    ("background processes of exec", "End with the command that started them.", "Live on until the container ends."),
    ("ephemeral containers, in-place resize, static pods", "Not run.", "Run by the kubelet."),
    ("eviction under node pressure", "Node conditions always say that all is well.", "The kubelet evicts pods when memory, disk or process numbers run out."),
    ("status in steps", "Changes that come together are written together: a new pod is written twice, ContainerCreating and Running.", "Two to four writes, in between PodReadyToStartContainers."),
)  # fmt: skip
