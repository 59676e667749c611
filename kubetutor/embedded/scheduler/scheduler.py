"""TEMP"""
from kubetutor.api.objects import key_of, split_key
class Scheduler:
    name="default-scheduler"
    def __init__(self, c): self.c=c; self.i=0
    def start(self, q):
        self.c.informers["pods"].on_change(lambda ch: q.add(key_of(ch.object)) if ch.type=="ADDED" and not ch.object["spec"].get("nodeName") else None)
    def reconcile(self, key):
        p=self.c.informers["pods"].get(key)
        if p is None or p["spec"].get("nodeName"): return None
        ns,n=split_key(key); self.i+=1
        self.c.client.patch("pods",n,{"spec":{"nodeName":["kubetutor-worker","kubetutor-worker2"][self.i%2]}},namespace=ns,subresource="binding")
        self.c.events.normal(p,"Scheduled",f"Successfully assigned {key} to x")
