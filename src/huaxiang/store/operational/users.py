"""Users in the operational database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from huaxiang.access.accounts import User
from huaxiang.core.errors import ConflictError, NotFoundError
from huaxiang.store.operational.database import Operational

if TYPE_CHECKING:
    import sqlalchemy as sa


class Users:
    """The users of a project, by their names."""

    def __init__(self, database: Operational) -> None:
        self._database = database

    def all(self) -> list[User]:
        """All users, also those that are disabled, by name."""
        import sqlalchemy as sa

        from huaxiang.store.operational.access_tables import USERS

        with self._database.reading() as connection:
            return [user_of(row) for row in connection.execute(sa.select(USERS).order_by(USERS.c.name)).mappings()]

    def find(self, name: str) -> User | None:
        """The user of that name."""
        from huaxiang.store.operational.access_tables import USERS

        return self._one(USERS.c.name == name)

    def find_outside(self, outside: str) -> User | None:
        """The user whom the OpenID provider knows as `outside`."""
        from huaxiang.store.operational.access_tables import USERS

        return self._one(USERS.c.outside == outside)

    def get(self, name: str) -> User:
        """The user of that name.

        Raises:
            NotFoundError: there is none.
        """
        found = self.find(name)
        if found is None:
            raise NotFoundError(f"There is no user '{name}'. See huaxiang users list.")
        return found

    def add(self, user: User) -> User:
        """Store a new user; its number is given here.

        Raises:
            ConflictError: the name is taken.
        """
        import sqlalchemy as sa

        from huaxiang.store.operational.access_tables import USERS

        with self._database.writing() as connection:
            if connection.execute(sa.select(USERS.c.number).where(USERS.c.name == user.name)).first():
                raise ConflictError(f"There is a user '{user.name}' already.")
            connection.execute(USERS.insert().values(**_values(user)))
        return self.get(user.name)

    def change(self, name: str, **values: Any) -> User:
        """Set columns of a user: `role`, `email`, `language`, `password`, `outside`, `disabled`.

        Raises:
            NotFoundError: there is no such user.
        """
        from huaxiang.store.operational.access_tables import USERS

        user = self.get(name)
        with self._database.writing() as connection:
            connection.execute(USERS.update().where(USERS.c.number == user.number).values(**values))
        return self.get(name)

    def _one(self, condition: sa.ColumnElement[bool]) -> User | None:
        import sqlalchemy as sa

        from huaxiang.store.operational.access_tables import USERS

        with self._database.reading() as connection:
            row = connection.execute(sa.select(USERS).where(condition)).mappings().first()
        return None if row is None else user_of(row)


def user_of(row: Any) -> User:
    """A user from a row that holds the columns of the table."""
    return User(
        number=row["number"],
        name=row["name"],
        role=row["role"],
        created=row["created"],
        email=row["email"],
        language=row["language"],
        password=row["password"],
        outside=row["outside"],
        disabled=row["disabled"],
    )


def _values(user: User) -> dict[str, Any]:
    names = ("name", "role", "created", "email", "language", "password", "outside", "disabled")
    return {name: getattr(user, name) for name in names}
