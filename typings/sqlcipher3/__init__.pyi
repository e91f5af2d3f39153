"""What we use of sqlcipher3: the DB-API of the standard library's sqlite3, in its own classes."""

from . import dbapi2 as dbapi2
