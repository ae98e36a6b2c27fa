"""A store on Amazon DynamoDB: two tables, and no index beside their keys.

Table ``customer``, partition key ``pk``:

==========================  =====================================================================
``C#<customer_id>``         the customer; in the map ``sessions`` its sessions, by ``session_id``,
                            and apart from these the traces of ended ones (revocations.py)
``E#<email_key>``           which customer holds the address
``T#login#<key>#<end>``     attempts to log in, in the window until then (epoch seconds)
==========================  =====================================================================

Table ``logger``, partition key ``customer_id``, sort key ``at`` (``AuditRecord.position``): the
audit log, one item a record; and in the partition ``#sessions`` the feed of ended sessions.

Sessions lie inside their customer, so a session check is one read by primary key, and a customer's
sessions can neither outlive it nor lag behind it. Hence nothing ever puts an item over an existing
customer: changes are update expressions. Each change is one transaction with its audit record,
and the record's id is the transaction's idempotency token.
"""
