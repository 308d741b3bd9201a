# ruff: noqa: E501, S608 - log lines are as long as programs write them, and the queries in them are not run
"""A standby dies in the night; its replication slot keeps every WAL file until the database's disk is full.

The standby of inventory-db stops answering at 01:47:20 UTC. Its slot makes the primary keep all WAL since then. The
volume of host db-inv-01 fills by about half a per cent a minute; at 04:26:08 the first statement fails with "No space
left on device", seven seconds later the server stops because it cannot write WAL, and cannot start again.

Misleading on purpose: a disk of the backup server reports bad sectors, a nightly report is cancelled for running too
long, and inventory-api is loud about connections refused, which is only what a stopped server looks like.
"""

from datetime import datetime, timedelta

from generator import formats as f
from generator.scene import Scene, ms, seconds, utc

START = utc("2026-02-09 01:30:00")
STANDBY_LOST = utc("2026-02-09 01:47:20.655")
FULL = utc("2026-02-09 04:26:08.391")
PANIC = utc("2026-02-09 04:26:15.027")
END = utc("2026-02-09 04:52:00")

NO_SPACE = "No space left on device"

REFUSED_IN_JAVA = """org.postgresql.util.PSQLException: Connection to inventory-db:5432 refused. Check that the hostname and port are correct and that the postmaster is accepting TCP/IP connections.
\tat org.postgresql.core.v3.ConnectionFactoryImpl.openConnectionImpl(ConnectionFactoryImpl.java:342)
\tat org.postgresql.Driver.connect(Driver.java:279)
\tat com.shop.inventory.StockRepository.find(StockRepository.java:48)
\tat com.shop.inventory.StockController.get(StockController.java:33)
Caused by: java.net.ConnectException: Connection refused
\tat java.base/sun.nio.ch.Net.pollConnect(Native Method)
\t... 18 common frames omitted"""

FULL_IN_JAVA = f"""org.springframework.dao.DataAccessResourceFailureException: could not execute statement; SQL [insert into stock_movements]
\tat org.springframework.orm.jpa.vendor.HibernateJpaDialect.convertHibernateAccessException(HibernateJpaDialect.java:275)
\tat com.shop.inventory.MovementService.book(MovementService.java:90)
Caused by: org.postgresql.util.PSQLException: ERROR: could not extend file "base/16402/24731.4": {NO_SPACE}
  Hint: Check free disk space.
\tat org.postgresql.core.v3.QueryExecutorImpl.receiveErrorResponse(QueryExecutorImpl.java:2725)
\t... 32 common frames omitted"""

SYNC_TRACE = """Traceback (most recent call last):
  File "/srv/stock_sync/stock_sync/run.py", line 88, in main
    rows = store.pending(limit=500)
  File "/srv/stock_sync/stock_sync/store.py", line 37, in pending
    with psycopg.connect(self._dsn) as connection:
  File "/usr/lib/python3/dist-packages/psycopg/connection.py", line 738, in connect
    raise ex.with_traceback(None)
psycopg.OperationalError: connection failed: connection to server at "10.3.0.14", port 5432 failed: {reason}"""


def scene() -> Scene:
    """Write the whole incident."""
    scene = Scene("disk-full-database")
    _database(scene)
    _stopped(scene)
    _host(scene)
    _backup(scene)
    _api(scene)
    _sync(scene)
    return scene


def _percent(at: datetime) -> int:
    """How full the volume of the database is."""
    if at < STANDBY_LOST:
        return 41
    if at >= FULL:
        return 100
    return 41 + int(59 * ((at - STANDBY_LOST) / (FULL - STANDBY_LOST)))


def _database(scene: Scene) -> None:
    log = scene.log("db-inv-01/postgresql.log")
    for at in scene.ticks(START + seconds(21), FULL - seconds(200), 300):
        took, wal, kept = scene.between(120, 199), scene.between(204, 241), at > STANDBY_LOST
        log.add(at, f.postgres(at, 812, "", "LOG", "checkpoint starting: time"))
        text = (
            f"checkpoint complete: wrote {scene.between(9000, 26_000)} buffers (4.{scene.between(1, 9)}%); "
            f"{wal if kept else 0} WAL file(s) added, 0 removed, {0 if kept else wal} recycled; "
            f"write={took}.{scene.between(100, 900)} s, sync=0.{scene.between(100, 400)} s, total={took}.9 s"
        )
        log.add(at + seconds(took), f.postgres(at + seconds(took), 812, "", "LOG", text))
    for at in scene.arrivals(START, FULL, 38_000):
        sku = scene.between(10_000, 99_999)
        text = scene.pick(
            (
                f"UPDATE stock SET on_hand = on_hand - {scene.between(1, 5)} WHERE sku = '{sku}'",
                f"SELECT sku, on_hand FROM stock WHERE warehouse = {sku % 9} AND on_hand < 5",
                f"INSERT INTO stock_movements (sku, delta) VALUES ('{sku}', {scene.between(-4, 40)})",
            )
        )
        took = scene.between(505, 1930)
        line = f"duration: {took}.{scene.between(100, 999)} ms  statement: {text}"
        log.add(at, f.postgres(at, 3000 + scene.between(1, 400), "inventory@inventory", "LOG", line))
    at = utc("2026-02-09 02:14:31.008")
    text = "canceling statement due to statement timeout"
    log.add(
        at,
        f.postgres(
            at,
            3391,
            "reports@inventory",
            "ERROR",
            text,
            "STATEMENT:  SELECT * FROM stock_movements m JOIN stock s USING (sku)",
        ),
    )
    for at, level, text in (
        (STANDBY_LOST, "LOG", "terminating walsender process due to replication timeout"),
        (STANDBY_LOST + ms(2), "LOG", 'released physical replication slot "inv_standby_1"'),
    ):
        log.add(at, f.postgres(at, 2207, "replicator@[unknown]", level, text))


def _stopped(scene: Scene) -> None:
    log = scene.log("db-inv-01/postgresql.log")
    for at in [FULL, *scene.arrivals(FULL + ms(80), PANIC, 700)]:
        segment = f"base/16402/{scene.pick(('24731.4', '24731.4', '24740'))}"
        text = f'could not extend file "{segment}": {NO_SPACE}'
        detail = "HINT:  Check free disk space."
        log.add(at, f.postgres(at, 3000 + scene.between(1, 400), "inventory@inventory", "ERROR", text, detail))
    pid = 3402
    for at, who, level, text in (
        (PANIC, "inventory@inventory", "PANIC", f'could not write to file "pg_wal/xlogtemp.{pid}": {NO_SPACE}'),
        (PANIC + ms(12), "", "LOG", f"server process (PID {pid}) was terminated by signal 6: Aborted"),
        (PANIC + ms(12), "", "LOG", "terminating any other active server processes"),
        (PANIC + ms(640), "", "LOG", "all server processes terminated; reinitializing"),
        (PANIC + ms(790), "", "LOG", "database system was interrupted; last known up at 2026-02-09 04:23:01 UTC"),
        (PANIC + ms(1820), "", "LOG", "redo starts at 4F/7A001B60"),
        (PANIC + ms(4410), "", "FATAL", f'could not write to file "pg_wal/xlogtemp.{pid + 90}": {NO_SPACE}'),
        (PANIC + ms(4480), "", "LOG", f"startup process (PID {pid + 90}) exited with exit code 1"),
        (PANIC + ms(4480), "", "LOG", "aborting startup due to startup process failure"),
        (PANIC + ms(4530), "", "LOG", "database system is shut down"),
    ):
        log.add(at, f.postgres(at, pid if who else 801, who, level, text))
    for turn, at in enumerate(scene.ticks(utc("2026-02-09 04:26:50"), END, 240)):
        log.add(at, f.postgres(at, 4000 + turn, "", "LOG", "starting PostgreSQL 16.3 on x86_64-pc-linux-gnu"))
        log.add(
            at + ms(800),
            f.postgres(
                at + ms(800),
                4100 + turn,
                "",
                "FATAL",
                f'could not write to file "pg_wal/xlogtemp.{4100 + turn}": {NO_SPACE}',
            ),
        )
        log.add(at + ms(860), f.postgres(at + ms(860), 4000 + turn, "", "LOG", "database system is shut down"))


def _host(scene: Scene) -> None:
    log = scene.log("db-inv-01/syslog")
    for at in scene.ticks(START + seconds(2), END, 300):
        used = _percent(at)
        text = f"/var/lib/postgresql {used}% used ({used * 2} GB of 200 GB), / 38% used, /boot 21% used"
        log.add(at, f.syslog(at, "db-inv-01", "disk-monitor[655]", text))
        if used >= 85:
            at += ms(40)
            text = f"WARNING: /var/lib/postgresql {used}% used, threshold 85%; largest: pg_wal {used * 2 - 71} GB, base 58 GB"
            log.add(at, f.syslog(at, "db-inv-01", "disk-monitor[655]", text))
    for at in scene.ticks(START + seconds(61), END, 600):
        log.add(
            at,
            f.syslog(
                at,
                "db-inv-01",
                f"CRON[{scene.between(8000, 30_000)}]",
                "(root) CMD (command -v debian-sa1 > /dev/null && debian-sa1 1 1)",
            ),
        )
    for at in scene.arrivals(START, END, 500_000):
        text = f"Invalid user {scene.pick(('admin', 'oracle', 'test', 'ubuntu'))} from 198.51.100.{scene.between(2, 250)} port {scene.between(30_000, 60_000)}"
        log.add(at, f.syslog(at, "db-inv-01", f"sshd[{scene.between(8000, 30_000)}]", text))
    for at in scene.ticks(utc("2026-02-09 04:26:51"), END, 240):
        at += ms(1100)
        log.add(
            at,
            f.syslog(
                at,
                "db-inv-01",
                "systemd[1]",
                "postgresql@16-main.service: Main process exited, code=exited, status=1/FAILURE",
            ),
        )
        log.add(
            at, f.syslog(at, "db-inv-01", "systemd[1]", "postgresql@16-main.service: Failed with result 'exit-code'.")
        )
    standby = scene.log("db-inv-02/syslog")
    for at in scene.ticks(START + seconds(9), STANDBY_LOST - seconds(70), 120):
        standby.add(
            at,
            f.syslog(
                at, "db-inv-02", "disk-monitor[601]", "/var/lib/postgresql 41% used (82 GB of 200 GB), / 36% used"
            ),
        )
    at = STANDBY_LOST - seconds(61)
    standby.add(at, f.syslog(at, "db-inv-02", "kernel", "nvme nvme0: I/O 211 QID 3 timeout, aborting"))
    at += seconds(30)
    standby.add(
        at,
        f.syslog(
            at, "db-inv-02", "kernel", "nvme nvme0: controller is down; will reset: CSTS=0xffffffff, PCI_STATUS=0x10"
        ),
    )


def _backup(scene: Scene) -> None:
    log = scene.log("backup-01/syslog")
    at = utc("2026-02-09 01:36:40")
    log.add(
        at, f.syslog(at, "backup-01", "smartd[711]", "Device: /dev/sdc [SAT], 8 Currently unreadable (pending) sectors")
    )
    log.add(at, f.syslog(at, "backup-01", "smartd[711]", "Device: /dev/sdc [SAT], 8 Offline uncorrectable sectors"))
    for at in scene.ticks(utc("2026-02-09 02:00:00"), utc("2026-02-09 02:31:00"), 120):
        done = int((at - utc("2026-02-09 02:00:00")) / timedelta(seconds=18))
        text = f"pgbackrest: inventory: backed up {min(100, done)}% of 58 GB"
        log.add(at, f.syslog(at, "backup-01", "backup[9120]", text))
    at = utc("2026-02-09 02:31:09")
    log.add(
        at,
        f.syslog(
            at,
            "backup-01",
            "backup[9120]",
            "pgbackrest: inventory: backup command end: completed successfully (1869 s)",
        ),
    )


def _api(scene: Scene) -> None:
    log = scene.log("inventory-api/inventory-api.log")
    for at in scene.arrivals(START, END, 28_000):
        thread = f"http-nio-8080-exec-{scene.between(1, 30)}"
        sku = scene.between(10_000, 99_999)
        if at < FULL:
            text = scene.pick(
                (f"stock of {sku} is {scene.between(0, 140)}", f"booked movement of {sku} in {scene.latency(20)} ms")
            )
            log.add(at, f.logback(at, "INFO", thread, "c.s.i.StockController", text))
    for at in scene.arrivals(FULL + ms(15), PANIC, 1500):
        text = "movement could not be booked, answering 500"
        log.add(
            at,
            f.logback(
                at, "ERROR", f"http-nio-8080-exec-{scene.between(1, 30)}", "c.s.i.MovementService", text, FULL_IN_JAVA
            ),
        )
    for at in scene.arrivals(PANIC + ms(60), END, 11_000):
        text = "stock is not available, answering 503"
        log.add(
            at,
            f.logback(
                at,
                "ERROR",
                f"http-nio-8080-exec-{scene.between(1, 30)}",
                "c.s.i.StockController",
                text,
                REFUSED_IN_JAVA,
            ),
        )
    for at in scene.arrivals(START, END, 800_000):
        text = f"slow request GET /stock/{scene.between(10_000, 99_999)} took {scene.between(1100, 2600)} ms"
        log.add(at, f.logback(at, "WARN", "http-nio-8080-exec-7", "c.s.i.SlowRequests", text))


def _sync(scene: Scene) -> None:
    log = scene.log("stock-sync/stock-sync.log")
    for at in scene.ticks(START + seconds(30), END, 120):
        if at < FULL:
            text = f"synchronised {scene.between(120, 499)} rows with the warehouse in {scene.latency(900)} ms"
            log.add(at, f.python_log(at, "INFO", "stock_sync", text))
            continue
        trace = SYNC_TRACE.replace(
            "{reason}", "Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?"
        )
        log.add(at, f.python_log(at, "ERROR", "stock_sync", "run failed, next try in 120 s", trace))
