"""One kernel a visitor: copied from the nursery, in a folder of its own, and gone with the visitor."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any, ClassVar

from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.provisioning import LocalProvisioner
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager, ServerKernelManager
from tornado.web import HTTPError

from hjforecast.dashboard.nursery import Nursery
from hjforecast.reporting.kernel import QuickClient

__all__ = ["FULL", "VisitorKernels", "VisitorSpecs"]

FULL = "同时打开的页面已达上限，请稍后再试 / too many pages are open; try again later"
_LONGEST_SOCKET = 100
_ARGUMENTS = ["--log-level=50", "--HistoryManager.enabled=False"]


class VisitorSpecs(KernelSpecManager):
    """Knows one kernel, that of the running interpreter, whatever is registered in the user's Jupyter folders."""

    def find_kernel_specs(self) -> dict[str, str]:
        """Return the one kernel's resources by its name."""
        return {"python3": RESOURCES}

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the spec of `sys.executable`, whatever the name."""
        return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict(extra_arguments=_ARGUMENTS))

    def get_all_specs(self) -> dict[str, Any]:
        """Return the one kernel as the server's own listing would."""
        return {"python3": {"resource_dir": RESOURCES, "spec": self.get_kernel_spec("python3").to_dict()}}


class _Provisioner(LocalProvisioner):
    """Starts a kernel as a copy of the nursery, as an ordinary process where there is none."""

    nursery: ClassVar[Nursery | None] = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start the kernel and return its connection information."""
        nursery = type(self).nursery
        if nursery is None:
            return await super().launch_kernel(cmd, **kwargs)
        seedling = nursery.start(cmd, kwargs["env"], str(kwargs["cwd"]))
        self.process, self.pid, self.pgid = seedling, seedling.pid, seedling.pid  # type: ignore[assignment]
        return self.connection_info


class _VisitorKernel(ServerKernelManager):
    """A visitor's kernel, over Unix sockets in the server's own folder where there are any; never restarted."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs, client_factory=QuickClient)
        self.autorestart = False
        if os.name == "posix" and len(os.fsencode(self.connection_file)) + len("-ipc-1") < _LONGEST_SOCKET:
            self.transport = "ipc"

    async def _async_pre_start_kernel(self, **kwargs: Any) -> Any:
        if self.provisioner is None:
            self.kernel_id = self.kernel_id or kwargs.get("kernel_id", "")
            self.provisioner = _Provisioner(kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self)
        return await super()._async_pre_start_kernel(**kwargs)


class VisitorKernels(AsyncMappingKernelManager):
    """The kernels of all visitors: at most `most`, each working in a folder that is removed with it."""

    most: ClassVar[int] = 20
    folder: ClassVar[Path]
    environment: ClassVar[dict[str, str]] = {}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._opening: set[str] = set()
        self.kernel_manager_class = f"{_VisitorKernel.__module__}.{_VisitorKernel.__name__}"

    @classmethod
    def use(cls, nursery: Nursery | None) -> None:
        """Copy kernels from this nursery from now on (None: start them as ordinary processes)."""
        _Provisioner.nursery = nursery

    async def start_kernel(self, **kwargs: Any) -> str:  # type: ignore[override]
        """Start a visitor's kernel and return its id. Raises HTTPError 503 where too many are open."""
        if len(self._opening.union(self.list_kernel_ids())) >= self.most:
            raise HTTPError(503, FULL, reason="Too many visitors")
        identity = self.new_kernel_id(**kwargs)
        self._opening.add(identity)  # those who come while it starts are counted with it
        own = self.folder / identity
        own.mkdir(mode=0o700)
        environment = {**kwargs.pop("env", os.environ), **self.environment, "TMPDIR": str(own), "IPYTHONDIR": str(own)}
        kwargs = {**kwargs, "path": None, "cwd": str(own), "env": environment, "kernel_name": "python3"}
        try:
            return await super().start_kernel(kernel_id=identity, **kwargs)
        except BaseException:
            shutil.rmtree(own, ignore_errors=True)
            raise
        finally:
            self._opening.discard(identity)

    def remove_kernel(self, kernel_id: str) -> Any:
        """Forget a kernel that has ended, and remove its folder."""
        found = super().remove_kernel(kernel_id)
        shutil.rmtree(self.folder / kernel_id, ignore_errors=True)
        return found
