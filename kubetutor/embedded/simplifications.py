"""What the embedded cluster does in a simpler way than a real one, or not at all. Shown in NOT_MODELLED.md."""

from __future__ import annotations

NOT_MODELLED: tuple[tuple[str, str, str], ...] = (
    # feature, here, upstream
    ("process namespace", "A container sees every process of its user; its main process is not process 1, its number is in $KUBETUTOR_PID for exec. `kill 1` does not reach it.", "A container sees its own processes only; the main one is process 1."),
    ("network namespace", "A pod has an address, not a network: a program must listen on $KUBETUTOR_LISTEN. `localhost` is the whole machine.", "A program may listen on every address; `localhost` is the pod."),
    ("file system", "A container has an empty working folder, its HOME, and sees the files of its user, with its volumes among them and a small /dev. Below a folder that had to be made for a mount path, as / for /data, what it writes beside the machine's entries goes with it.", "A container sees the files of its image only."),
    ("files of other users", "Where the cluster is not root's, they appear as nobody's, and programs that become another user (su, sudo) do not work.", "A container has users of its own."),
    ("images", "A name stands for a program of this machine; nothing is downloaded. `Always` is as good as present.", "Images are pulled from a registry, layer by layer."),
    ("memory limit", "Looked at once a second; over it, the process is killed.", "The kernel enforces it at once, by a control group."),
    ("CPU limit", "Not enforced.", "The kernel throttles, by a control group."),
    ("users and capabilities", "securityContext is stored and has no effect: processes run as the user who started the cluster.", "runAsUser, capabilities, seccomp and read-only root file systems are enforced."),
    ("measured use", "CPU time and memory of the processes of a container, read from /proc while somebody asks or an autoscaler exists; what a command executed in it used is forgotten with its end. Nodes share one machine: a node uses what its pods use.", "Control groups count all the time; the kubelet reads them every 10 to 15 seconds."),
    ("names of services", "Where this user may not open port 53, a pod finds them in its /etc/hosts: no ports (SRV), no ExternalName, and only in programs that read that file. Where the kernel allows no mounts, not at all.", "A pod asks CoreDNS, at port 53 of kube-dns."),
    ("kube-dns", "Answered by the cluster's own process: there are no CoreDNS pods, and no metrics at port 9153.", "A Deployment of CoreDNS in kube-system."),
    ("metrics of other kinds", "Autoscalers can use Resource and ContainerResource; Pods, Object and External are refused as on a cluster without an adapter.", "An adapter may serve custom.metrics.k8s.io and external.metrics.k8s.io."),
    ("APIServices", "Shown; one that a user makes serves nothing.", "Requests for its group are sent on to its service."),
    ("volumes without mount namespaces", "On macOS, and where Linux forbids them (`kubetutor doctor` says so), volumes and the termination log are links below $KUBETUTOR_VOLUMES, readOnly has no effect, and a workingDir that is not there is made in the container's folder.", "Each volume is mounted where volumeMounts say."),
    ("secrets on the node", "Files in the cluster's folder, for its owner only, until the pod is deleted.", "In memory."),
    ("emptyDir", "A folder of the pod; medium Memory and sizeLimit have no effect.", "Memory is a tmpfs; a pod over the limit is evicted."),
    ("hostPath", "A path is looked for in the node's own folder, then on the machine; what is on neither is made in the node's folder.", "It is the node's."),
    ("other kinds of volumes", "nfs, csi, ephemeral, image and the like are refused with FailedMount, as are PersistentVolumes that are no folder of a node (hostPath, local). mountPropagation has no effect. The class `standard` is what kind has: folders of a node, made when the first pod comes; their size is not enforced.", "Mounted by their drivers."),
    ("fsGroup and ownership of volumes", "Files belong to the user of the cluster.", "Files belong to the fsGroup."),
    ("grpc probes", "Count as passed.", "The kubelet calls the gRPC health service."),
    ("redirects of HTTP probes", "Any status from 200 to 399 passes.", "Redirects to the same host are followed."),
    ("background processes of exec", "End with the command that started them.", "Live on until the container ends."),
    ("debugging a node", "`kubectl debug node/...` makes a pod with the node's address and, at /host, the files of the whole machine, as its user may see them: all nodes are this machine.", "The pod sees the files, the processes and the network of its node, as root."),
    ("in-place resize", "Refused.", "The kubelet changes the control groups of a pod that runs."),
    ("eviction under node pressure", "Node conditions always say that all is well.", "The kubelet evicts pods when memory, disk or process numbers run out."),
    ("users of the cluster's own parts", "Kubelets, controllers and the scheduler are one process and may do everything; their roles are there to be read.", "Each has a user or an account of its own with few rights; a kubelet may touch its own node and pods alone."),
    ("client certificates", "Who shows a certificate that another authority signed, or an old one, is not let in at all: TLS ends. The authority of clients is not that of the server.", "The answer is 401. One authority signs for servers and clients."),
    ("certificate signers", "`kubernetes.io/kube-apiserver-client` alone signs; old requests stay until somebody deletes them.", "Signers for kubelets too; requests are removed after an hour, or a day if nobody decides."),
    ("tokens in secrets", "When one was last used is not noted, and none is removed for being old.", "The secret's label says the day; those that nobody used for a year are removed."),
    ("rules of custom kinds", "Rules in CEL are asked; their types are not checked when they are defined, they have no budget, and quantities, addresses, URLs and optional fields are not known to them.", "Rules are compiled against the schema, and may not cost too much."),
    ("conversion webhooks, admission webhooks", "A definition may name a webhook; it is not called, and versions differ in their apiVersion only.", "The API server asks the webhook."),
    ("status in steps", "Changes that come together are written together: a new pod is written twice, ContainerCreating and Running.", "Two to four writes, in between PodReadyToStartContainers."),
)  # fmt: skip
