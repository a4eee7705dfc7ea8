"""Builds: nothing runs, but they take their course as one that runs is seen to, phases and log included.

Each BatchGetBuilds moves a build that it names on by one step, so a test waits for nothing and sees every step:

1. PROVISIONING, without a log
2. the phase in which it ends (BUILD), with the first piece of the log, then one piece more at each step
3. with the last piece its end, or none where the course says IN_PROGRESS: then StopBuild ends it

`POST /emulator/builds` says how the builds of a project go that are started from then on:

    {"project": "rds-pgdump-backup-prod-appdb",   in whatever account
     "status": "FAILED",                          or SUCCEEDED (without a word), TIMED_OUT, FAULT, IN_PROGRESS
     "phase": "BUILD",                            the one in which it fails
     "message": "… Reason: exit status 1",        what CodeBuild says of that phase
     "log": ["one line\nand another", "a third"]} pieces, as they come

A project that has a limit of concurrent builds refuses more. The words of that refusal are ours.
"""

import json
from time import time

from moto.codebuild import models, responses
from moto.core.exceptions import JsonRESTError
from moto.logs.models import logs_backends
from moto.moto_api._internal import mock_random

import services

PHASES = (
    "SUBMITTED",
    "QUEUED",
    "PROVISIONING",
    "DOWNLOAD_SOURCE",
    "INSTALL",
    "PRE_BUILD",
    "BUILD",
    "POST_BUILD",
    "UPLOAD_ARTIFACTS",
    "FINALIZING",
    "COMPLETED",
)
STATUSES = ("SUCCEEDED", "FAILED", "TIMED_OUT", "FAULT", "IN_PROGRESS")
DEFAULTS = {"status": "SUCCEEDED", "phase": "BUILD", "message": None, "log": []}

# How the builds of a project go, by its name.
courses = {}


def install():
    backend = models.CodeBuildBackend
    backend.start_build, backend.stop_build = start_build, stop_build
    backend.list_builds_for_project = list_builds_for_project
    responses.CodeBuildResponse.batch_get_builds = described


def set_course(given):
    """:raises ValueError: for what no build can do"""
    unknown = set(given) - {"project", *DEFAULTS}
    if unknown or "project" not in given:
        raise ValueError(f"A course names its project, and {', '.join(DEFAULTS)}; not {', '.join(sorted(unknown))}")
    course = {**DEFAULTS, **given}
    if course["status"] not in STATUSES or course["phase"] not in PHASES[2:-2]:
        raise ValueError(f"No build is {course['status']} in {course['phase']}")
    courses[given["project"]] = course
    return course


class Build:
    def __init__(self, backend, project, source_version, artifacts):
        settings = project.project_metadata
        name = settings["name"]
        self.backend = backend
        self.course = courses.get(name, DEFAULTS)
        self.pieces = list(self.course["log"])
        self.stream = str(mock_random.uuid4())
        watched = settings.get("logsConfig", {}).get("cloudWatchLogs", {})
        self.group = watched.get("groupName") or f"/aws/codebuild/{name}"
        self.logs = watched.get("status", "ENABLED") == "ENABLED"
        id, now = f"{name}:{self.stream}", time()
        self.seen = {
            "id": id,
            "arn": project.arn.replace(f":project/{name}", f":build/{id}"),
            "buildNumber": len(backend.build_history[name]) + 1,
            "projectName": name,
            "startTime": now,
            "currentPhase": "QUEUED",
            "buildStatus": "IN_PROGRESS",
            "buildComplete": False,
            "phases": [{"phaseType": "SUBMITTED", "phaseStatus": "SUCCEEDED", "startTime": now, "endTime": now}],
            "source": settings["source"],
            "artifacts": artifacts or {"location": ""},
            "environment": settings["environment"],
            "serviceRole": settings["serviceRole"],
            "timeoutInMinutes": settings["timeoutInMinutes"],
            "logs": {"cloudWatchLogs": settings.get("logsConfig", {}).get("cloudWatchLogs", {"status": "ENABLED"})},
            **({"sourceVersion": source_version} if source_version else {}),
        }
        self.enter("QUEUED")

    def enter(self, name):
        """Ends the phases before it well, those that were not shown among them."""
        now, phases = time(), self.seen["phases"]
        for phase in PHASES[len(phases) : PHASES.index(name)]:
            self.leave("SUCCEEDED")
            phases.append({"phaseType": phase, "startTime": now})
        self.leave("SUCCEEDED")
        phases.append({"phaseType": name, "startTime": now})
        self.seen["currentPhase"] = name

    def leave(self, status, message=None):
        phase = self.seen["phases"][-1]
        if "phaseStatus" not in phase:
            phase.update(phaseStatus=status, endTime=time())
            if message:
                phase["contexts"] = [{"statusCode": "COMMAND_EXECUTION_ERROR", "message": message}]

    def step(self):
        if self.seen["buildComplete"]:
            return
        phase = self.course["phase"]
        if self.seen["currentPhase"] == "QUEUED":
            return self.enter("PROVISIONING")
        if self.seen["currentPhase"] != phase:
            self.enter(phase)
        if self.pieces:
            self.write(self.pieces.pop(0))
        if not self.pieces and self.course["status"] != "IN_PROGRESS":
            self.end(self.course["status"], self.course["message"])

    def end(self, status, message=None):
        self.leave(status, message)
        # The commands after the build run whatever became of it; other failures skip them.
        whole = status == "SUCCEEDED" or (status == "FAILED" and self.seen["currentPhase"] == "BUILD")
        for phase in PHASES[len(self.seen["phases"]) :] if whole else PHASES[-2:]:
            self.seen["phases"].append({"phaseType": phase, "startTime": time()})
            if phase != "COMPLETED":
                self.leave("SUCCEEDED")
        self.seen.update(currentPhase="COMPLETED", buildStatus=status, buildComplete=True, endTime=time())

    def write(self, piece):
        if not self.logs:
            return
        services.prepare("logs")
        logs = logs_backends[self.backend.account_id][self.backend.region_name]
        logs.ensure_log_group(self.group)
        logs.ensure_log_stream(self.group, self.stream)
        events = [{"timestamp": int(time() * 1000), "message": f"{line}\n"} for line in piece.split("\n")]
        logs.put_log_events(self.group, self.stream, events)
        self.seen["logs"].update(groupName=self.group, streamName=self.stream)


def builds_of(backend):
    # In the backend, so that a reset forgets them with the projects.
    return vars(backend).setdefault("builds", {})


def find(backend, id):
    return builds_of(backend).get(id.split(":build/")[-1])


def start_build(self, project_name, source_version=None, artifact_override=None):
    project = self.codebuild_projects[project_name]
    limit = project.project_metadata.get("concurrentBuildLimit")
    running = [
        build
        for build in builds_of(self).values()
        if build.seen["projectName"] == project_name and not build.seen["buildComplete"]
    ]
    if limit and len(running) >= limit:
        raise JsonRESTError(
            "AccountLimitExceededException", f"Cannot have more than {limit} active builds for the project"
        )
    build = Build(self, project, source_version, artifact_override)
    builds_of(self)[build.seen["id"]] = build
    self.build_history[project_name].append(build.seen["id"])
    return build.seen


def described(response):
    ids = response._get_param("ids")
    found = {id: find(response.codebuild_backend, id) for id in ids}
    for build in filter(None, found.values()):
        build.step()
    builds = [build.seen for build in found.values() if build]
    return json.dumps({"builds": builds, "buildsNotFound": [id for id, build in found.items() if not build]})


def list_builds_for_project(self, project_name):
    return self.build_history.get(project_name, [])[::-1]


def stop_build(self, build_id):
    build = find(self, build_id)
    if not build.seen["buildComplete"]:
        build.end("STOPPED")
    return build.seen
