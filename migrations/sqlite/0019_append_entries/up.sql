-- Nothing: functions that save PostgreSQL statements. src/store/log/sqlite.rs appends entries row by row.
SELECT 1;
