"""Topology files: the same graph in the spellings people use."""

from pathlib import Path

import pytest

from responder.evidence import FileSource
from responder.triage.signals.topology import TopologyReader

GRAPH = (("api", "cache"), ("api", "db"), ("web", "api"))
COMPOSE = """services:
  web:
    image: web:1
    depends_on:
      - api
    ports:
      - "80:80"
  api:
    depends_on:
      db:
        condition: service_healthy
      cache:
        condition: service_started
    environment:
      DB_HOST: db
  db:
    image: postgres
  cache:
    image: redis
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("topology.txt", "# who calls whom\nweb -> api\napi -> db, cache\n"),
        ("topology.md", "graph TD\n  web --> api\n  api --> db\n  api --> cache\n"),
        ("callgraph.dot", 'digraph g {\n"web" -> "api";\n"api" -> "db" [label="sql"];\n"api" -> "cache";\n}\n'),
        ("topology.json", '{"web": ["api"], "api": ["db", "cache"]}'),
        ("service-map.json", '{"edges": [{"source": "web", "target": "api"}, {"source": "api", "target": "db"}, '
         '{"source": "api", "target": "cache"}]}'),
        ("docker-compose.yml", COMPOSE),
        ("graph.csv", ",web,api,db,cache\nweb,0,1,0,0\napi,0,0,1,1\ndb,0,0,0,0\ncache,0,0,0,0\n"),
        ("edges.csv", "caller,callee\nweb,api\napi,db\napi,cache\n"),
    ],
)  # fmt: skip
def test_every_spelling_gives_the_same_dependencies(tmp_path: Path, name: str, text: str) -> None:
    """Arrows, Mermaid, DOT, JSON, compose files and matrices all say that web calls api calls db and cache."""
    (tmp_path / name).write_text(text)

    signals = TopologyReader().read(FileSource().collect([tmp_path]).artifacts)

    assert signals.dependencies == GRAPH
    assert [file.path for file in signals.files] == [name]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dependencies.txt", "Collecting requests\n  -> downloading requests-2.32\nERROR: no matching version\n"),
        ("app.log", "web -> api\n"),
        ("table.csv", "a,b\n1,2\n3,4\n"),
        ("topology.json", "{"),
    ],
)
def test_what_is_no_graph_is_left_alone(tmp_path: Path, name: str, text: str) -> None:
    """A log with arrows in it, other tables and damaged files are not taken."""
    (tmp_path / name).write_text(text)

    assert TopologyReader().read(FileSource().collect([tmp_path]).artifacts).files == ()
