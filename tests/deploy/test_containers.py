"""The files of ``deploy/container`` and ``deploy/kubernetes``, as far as no container is needed.

No test builds the image or starts a pod: the tools of their users check the files.
"""

import json
import re
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import compose_spec
import kubernetes_validate
import pytest
import yaml
from support.dynamodb.local_server import dynamodb_local, new_table_prefix
from support.http.api import Api
from support.http.transports import over_http
from support.processes.command import Service, environ, run
from support.repository.checkout import ROOT

from cybershop_customer.entrypoints.settings import SETTINGS, Settings

CONTAINER: Final = ROOT / "deploy" / "container"
KUBERNETES: Final = ROOT / "deploy" / "kubernetes"
DOCKERFILE: Final = (CONTAINER / "Dockerfile").read_text(encoding="utf-8")
KUBECTL: Final = shutil.which("kubectl")
USER: Final = 10001
KNOWN: Final = {its.variable for its in SETTINGS.values()}


def manifest(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((KUBERNETES / name).read_text(encoding="utf-8"))
    return loaded


def settings_env() -> dict[str, str]:
    lines = (KUBERNETES / "settings.env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def unknown_keys(model: Any, path: str = "") -> list[str]:
    """What a model of the compose specification has and does not know."""
    if isinstance(model, dict):
        return [key for name, part in model.items() for key in unknown_keys(part, f"{path}.{name}")]
    if isinstance(model, list):
        return [key for part in model for key in unknown_keys(part, path)]
    if not hasattr(model, "model_extra"):
        return []
    extra = [f"{path}.{name}" for name in model.model_extra or () if not name.startswith("x-")]
    return extra + unknown_keys(
        {name: getattr(model, name) for name in model.model_fields_set}, path
    )


class TestImage:
    def test_hadolint_accepts_it(self) -> None:
        program = Path(sys.executable).with_name("hadolint")
        done = subprocess.run(
            [program, CONTAINER / "Dockerfile"], capture_output=True, text=True, check=False
        )

        assert (done.returncode, done.stdout) == (0, "")

    def test_it_has_two_stages_of_one_python_and_no_root(self) -> None:
        images = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
        last = DOCKERFILE.rpartition("\nFROM ")[2]

        assert len(images) == 2
        assert len({*images}) == 1
        assert f"\nUSER {USER}:{USER}\n" in last
        assert "pip" not in last

    def test_the_build_gets_every_folder_of_the_package_and_nothing_else(self) -> None:
        ignored = (CONTAINER / "Dockerfile.dockerignore").read_text(encoding="utf-8")
        kept = {line[1:] for line in ignored.splitlines() if line.startswith("!")}
        assert {"requirements/build.lock", "requirements/service.lock"} <= kept
        folders = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}

        assert {name for name in kept if (ROOT / name).is_dir()} == folders
        assert all((ROOT / name).exists() for name in kept)

    def test_it_installs_what_the_lock_files_pin_and_nothing_else(self) -> None:
        commands = " ".join(DOCKERFILE.replace("\\\n", " ").split()).split(" && ")
        installs = [command for command in commands if "pip install" in command]
        locked = [command for command in installs if "--require-hashes" in command]

        assert {re.search(r"--requirement (\S+)", it)[1] for it in locked} == {  # type: ignore[index]
            "requirements/service.lock",
            "requirements/build.lock",
        }
        (own,) = (command for command in installs if command not in locked)
        assert "--no-index --no-deps /wheel/*.whl" in own
        assert "pip uninstall --yes pip" in DOCKERFILE

    def test_its_health_check_asks_whether_the_service_is_ready(self) -> None:
        found = re.search(r"^ +CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
        assert found
        _, *arguments = json.loads(found[1])

        def status(port: str) -> int:
            return subprocess.run(
                [sys.executable, *arguments],
                env=environ(CUSTOMER_PORT=port),
                stderr=subprocess.DEVNULL,
                check=False,
            ).returncode

        with ExitStack() as stack:
            service = Service.start(stack, "--demo", "--port", "0")
            assert status(service.port) == 0
            service.signal()
            service.wait()
        assert status(service.port) == 1


class TestCompose:
    def test_it_keeps_the_compose_specification(self) -> None:
        text = (CONTAINER / "compose.yaml").read_text(encoding="utf-8")
        model = compose_spec.ComposeSpecification.model_validate(yaml.safe_load(text))

        assert unknown_keys(model) == []

    def test_its_settings_are_valid_and_its_services_confined(self) -> None:
        services = yaml.safe_load((CONTAINER / "compose.yaml").read_text())["services"]
        variables = services["customer"]["environment"]
        Settings.from_environ({**variables, "CUSTOMER_ADMIN_PASSWORD": "a long secret"})

        assert {name for name in variables if name.startswith("CUSTOMER_")} <= KNOWN
        assert services["customer"]["stop_grace_period"] == f"{Settings().stop_seconds + 10}s"
        for service in services.values():
            assert service["read_only"] is True
            assert service["cap_drop"] == ["ALL"]

    @pytest.mark.dynamodb_local
    def test_its_commands_need_no_terminal(self) -> None:
        """Those of the services that end by themselves, on a real DynamoDB Local."""
        services = yaml.safe_load((CONTAINER / "compose.yaml").read_text())["services"]
        own = {
            "CUSTOMER_DYNAMODB_ENDPOINT": dynamodb_local(),
            "CUSTOMER_TABLE_PREFIX": new_table_prefix("compose"),
        }
        ended = {
            name: run(*service["command"], **{**service["environment"], **own})
            for name, service in services.items()
            if service["image"] == "cybershop-customer" and "command" in service
        }

        assert ended.keys() == {"tables"}
        assert {name: done.returncode for name, done in ended.items()} == {"tables": 0}, ended


class TestKubernetes:
    @pytest.mark.parametrize(
        "name",
        ["deployment.yaml", "service.yaml", "service-account.yaml", "disruption-budget.yaml"],
    )
    def test_each_manifest_keeps_the_schema_of_kubernetes(self, name: str) -> None:
        kubernetes_validate.validate(manifest(name), "1.30", strict=True)

    @pytest.mark.skipif(KUBECTL is None, reason="kubectl: it is not installed")
    def test_kubectl_builds_all_of_them(self) -> None:
        done = subprocess.run(
            [str(KUBECTL), "kustomize", str(KUBERNETES)], capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        built = {it["kind"]: it for it in yaml.safe_load_all(done.stdout)}
        (container,) = built["Deployment"]["spec"]["template"]["spec"]["containers"]

        assert built.keys() == {
            *("ServiceAccount", "ConfigMap", "Service", "Deployment"),
            *("PodDisruptionBudget", "ServiceMonitor"),
        }
        assert container["image"].startswith("registry.shop.example/")
        name = container["envFrom"][0]["configMapRef"]["name"]
        assert name == built["ConfigMap"]["metadata"]["name"]

    def test_everything_selects_the_pods_and_names_the_port(self) -> None:
        pod = manifest("deployment.yaml")["spec"]["template"]
        labels = pod["metadata"]["labels"]
        service, monitor = manifest("service.yaml"), manifest("service-monitor.yaml")

        assert manifest("deployment.yaml")["spec"]["selector"]["matchLabels"] == labels
        assert manifest("disruption-budget.yaml")["spec"]["selector"]["matchLabels"] == labels
        assert service["spec"]["selector"] == labels
        assert monitor["spec"]["selector"]["matchLabels"] == service["metadata"]["labels"]
        services = {it["name"]: it for it in service["spec"]["ports"]}
        (endpoint,) = monitor["spec"]["endpoints"]
        opened = {it["name"]: it for it in pod["spec"]["containers"][0]["ports"]}
        settings = Settings.from_environ(settings_env())
        assert (endpoint["port"], endpoint["path"]) == ("metrics", "/metrics")
        assert services.keys() == opened.keys() == {"http", "metrics"}
        assert {name: it["targetPort"] for name, it in services.items()} == {
            it: it for it in opened
        }
        assert (settings.port, settings.metrics_port) == (
            opened["http"]["containerPort"],
            opened["metrics"]["containerPort"],
        )
        assert not settings.metrics

    def test_the_pod_is_confined_and_has_time_to_stop(self) -> None:
        pod = manifest("deployment.yaml")["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        wait = int(container["lifecycle"]["preStop"]["exec"]["command"][1])

        assert pod["securityContext"]["runAsUser"] == USER
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        needed = wait + Settings().stop_seconds
        assert pod["terminationGracePeriodSeconds"] == needed + 10

    def test_the_settings_are_valid_and_fit_the_limit_of_processors(self) -> None:
        variables = settings_env()
        settings = Settings.from_environ(variables)
        (container,) = manifest("deployment.yaml")["spec"]["template"]["spec"]["containers"]

        assert {name for name in variables if name.startswith("CUSTOMER_")} <= KNOWN
        assert int(container["resources"]["limits"]["cpu"]) == (settings.hashing_threads or 0) + 1
        assert settings.connections_per_source == settings.connections

    def test_the_probes_are_paths_of_the_service(self) -> None:
        (container,) = manifest("deployment.yaml")["spec"]["template"]["spec"]["containers"]
        probes = {name: container[f"{name}Probe"] for name in ("startup", "liveness", "readiness")}
        with ExitStack() as stack:
            service = Service.start(stack, "--demo", "--port", "0")
            with over_http(service.url) as send:
                statuses = {Api(send).get(it["httpGet"]["path"]).status for it in probes.values()}
        assert statuses == {200}
