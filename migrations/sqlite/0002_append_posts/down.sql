-- Nothing: SQLite runs inside the process, so there are no round trips to save, and its foreign keys are cheap.
SELECT 1;
