"""CodeBuild: all of a project is kept, and can be changed; builds go as a test asks for."""

from . import builds, projects


def install():
    projects.install()
    builds.install()
