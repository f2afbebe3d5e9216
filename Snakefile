# The work of `dcl reproduce` as a graph: a rule a stage, a rule a notebook, then the book.
#
#   snakemake -n                                                   what would run
#   snakemake --cores 2                                            everything, quick profile
#   snakemake --cores 2 --config profile=smoke experiments=ising   one experiment, tiny
#   snakemake --workflow-profile profiles/slurm                    the same on a cluster
#
# Rules call the command line, which compares hashes and makes a stage only where it must. That is
# why they update a stage's manifest in place: Snakemake would delete it first otherwise, and the
# stage with it. Checkpoints of a training are no output, so a training that was killed goes on.
# After a kill of Snakemake itself: `snakemake --unlock`, then the same command with
# `--rerun-incomplete`.

import os
import sys
import tomllib
from pathlib import Path

from dcl.book.catalogue import chapters
from dcl.chapters.robustness import planned_fits
from dcl.runs.stages import STAGES, open_run

os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"

PROFILE = config.get("profile", "quick")
EXPERIMENTS = {chapter.name: chapter.experiments for chapter in chapters(Path()).values()}
ALL = dict.fromkeys(name for needed in EXPERIMENTS.values() for name in needed)
CHOSEN = str(config.get("experiments", ",".join(ALL))).split(",")
NOTEBOOKS = [name for name, needed in EXPERIMENTS.items() if set(needed or ALL) <= set(CHOSEN)]
RESULTS = f"results/{PROFILE}"
SITE = "build/site/index.html"
HAS = {name: open_run(name, PROFILE).stage_names for name in CHOSEN}
HAS["robustness"] = ("levels", *planned_fits(PROFILE))
THREADS = 8  # of a job, or as many as there are
LIMITED = "NUMBA_NUM_THREADS={threads}"


def sources(experiment):
    """An experiment's file, and the one that it extends."""
    path = f"experiments/{experiment}.toml"
    base = tomllib.loads(Path(path).read_text("utf-8")).get("extends")
    return [path, *(sources(base) if base else [])]


def manifests(experiment, stages=None):
    """Of the stages, or of all that the experiment has."""
    return [f"{RESULTS}/{experiment}/{name}/manifest.json" for name in HAS[experiment]
            if stages is None or name in stages]


def make(experiment, stage):
    """The command that makes a stage where it must."""
    return f"{LIMITED} dcl stage {experiment} {stage} --profile {PROFILE} > /dev/null"


def metrics(experiments):
    return [f"{RESULTS}/{name}/metrics.json" for name in experiments]


wildcard_constraints:
    experiment="[^/]+",
    fit=r"[^/]+-\d+",


localrules:
    all,
    book,


rule all:
    input:
        metrics(CHOSEN),
        SITE if NOTEBOOKS else [],


for stage, step in STAGES.items():

    rule:
        name:
            stage
        input:
            lambda wildcards: sources(wildcards.experiment),
            lambda wildcards, needed=step.inputs: manifests(wildcards.experiment, needed),
        output:
            update(f"{RESULTS}/{{experiment}}/{stage}/manifest.json"),
        threads: THREADS
        shell:
            make("{wildcards.experiment}", "{rule}") + " && touch -c {output}"


rule fit:  # one variant of the experiment on robustness, with one seed
    input:
        sources("robustness"),
        manifests("robustness", ["levels"]),
    output:
        update(f"{RESULTS}/robustness/{{fit}}/manifest.json"),
    threads: THREADS
    shell:
        make("robustness", "{wildcards.fit}") + " && touch -c {output}"


rule metrics:
    input:
        lambda wildcards: sources(wildcards.experiment),
        lambda wildcards: manifests(wildcards.experiment),
    output:
        f"{RESULTS}/{{experiment}}/metrics.json",
    threads: THREADS
    shell:
        make("{wildcards.experiment}", "{rule}")


for notebook in NOTEBOOKS:

    rule:
        name:
            f"notebook_{notebook}"
        input:
            [path for name in EXPERIMENTS[notebook] for path in manifests(name)],
            ancient(metrics(EXPERIMENTS[notebook])),  # which the notebook writes again
            source=f"notebooks/{notebook}.ipynb",
        output:
            f"build/stage/notebooks/{notebook}.ipynb",
        threads: THREADS
        shell:
            f"{LIMITED} papermill --cwd notebooks {{input.source}} {{output}} -p profile {PROFILE}"


rule book:
    input:
        expand("build/stage/notebooks/{name}.ipynb", name=NOTEBOOKS),
        metrics(CHOSEN),
        sorted(map(str, Path("book").glob("*.*"))),
        "_config.yml",
    output:
        update(SITE),
    shell:
        "DCL_PROFILE={PROFILE} python -m dcl.book.build > /dev/null && touch -c {output}"
