# The five operations of the customer service, one request each:
#
#     make -f api.mak ccustomer    add a customer
#     make -f api.mak ucustomer    update a customer, as an admin
#     make -f api.mak dcustomer    delete a customer, as an admin
#     make -f api.mak apilogin     log a customer in
#     make -f api.mak apilogoff    log them out again
#
# Against `cybershop-customer serve --demo` they work as they are, in this order. Elsewhere name
# what differs:
#
#     make -f api.mak apilogin HOST=shop.test PORT=80 CUSTOMER_ID=zoe PASSWORD='correct horse'
#
# (in a value, write $$ for a dollar sign). Each prints its request and the answer, and fails
# when the service refuses. They need make, curl and a shell.

HOST ?= 127.0.0.1
PORT ?= 30000
# The admin for ucustomer and dcustomer; these are the demo's.
ADMIN_ID ?= admin
ADMIN_PASSWORD ?= demo-admin
# What apilogoff ends; without it, the session that the last apilogin here opened.
CONTEXT_ID ?=

ccustomer: CUSTOMER_ID ?= 567dce7f-b7b4-4efd-b75e-2b98592abe6d21
ucustomer dcustomer: CUSTOMER_ID ?= 567dce7f-b7b4-4efd-b75e-2b98592abe6d
apilogin apilogoff: CUSTOMER_ID ?= 567dce7f-b7b4-4efd-b75e-2b98592a56mdsf
ccustomer ucustomer: PASSWORD ?= flash
apilogin: PASSWORD ?= abcdefghisdsa8664654646

# Values reach the shell as environment variables, so nothing in them is run or expanded there.
export HOST PORT ADMIN_ID ADMIN_PASSWORD CONTEXT_ID CUSTOMER_ID PASSWORD

define SHELL_FUNCTIONS
set -eu
newline='
'
tab=$$(printf '\t')
kept=.api-context

# $$1 as a JSON string.
json() {
    rest=$$1 out=
    while [ -n "$$rest" ]; do
        tail=$${rest#?} char=$${rest%"$${rest#?}"}
        case $$char in
        '"' | '\') char=\\$$char ;;
        "$$tab") char=\\t ;;
        "$$newline") char=\\n ;;
        esac
        out=$$out$$char rest=$$tail
    done
    printf '"%s"' "$$out"
}

# Prints the JSON text $$1, indented.
pretty() {
    rest=$$1 indent= quoted=
    while [ -n "$$rest" ]; do
        tail=$${rest#?} char=$${rest%"$${rest#?}"} rest=$$tail
        if [ -n "$$quoted" ]; then
            case $$char in
            '"') quoted= ;;
            '\') tail=$${rest#?} char=$$char$${rest%"$${rest#?}"} rest=$$tail ;;
            esac
            printf '%s' "$$char"
            continue
        fi
        case $$char$$rest in
        '[]'*) rest=$${rest#?} && printf '[]' ;;
        '"'*) quoted=yes && printf '"' ;;
        '{'* | '['*) indent="$$indent  " && printf '%s\n%s' "$$char" "$$indent" ;;
        '}'* | ']'*) indent=$${indent#  } && printf '\n%s%s' "$$indent" "$$char" ;;
        ','*) printf ',\n%s' "$$indent" ;;
        ':'*) printf ': ' ;;
        ' '*) ;;
        *) printf '%s' "$$char" ;;
        esac
    done
    printf '\n'
}

# Sends message $$3 by method $$1 to path $$2, with $$bearer if there is one. The answer is in
# $$answer, its status in $$status. All goes by curl's standard input, hidden from `ps`.
send() {
    url=http://$$HOST:$$PORT/api/v1/customer$$2
    answer=$$({
        printf 'request = "%s"\nurl = %s\n' "$$1" "$$(json "$$url")"
        printf 'header = "Content-Type: application/json"\n'
        [ -z "$$bearer" ] || printf 'header = %s\n' "$$(json "Authorization: Bearer $$bearer")"
        printf 'data-raw = %s\n' "$$(json "$$3")"
    } | curl -q --noproxy localhost,127.0.0.1,::1 --silent --show-error --max-time 30 --write-out '\n%{http_code}' --config -) || {
        echo "No answer from $$url: is the service running?" >&2
        exit 1
    }
    status=$${answer##*"$$newline"} answer=$${answer%"$$newline"*}
}

# Sends, and prints the request and the answer; fails unless the status is 200.
call() {
    printf '%s http://%s:%s/api/v1/customer%s\n' "$$1" "$$HOST" "$$PORT" "$$2"
    [ -z "$$bearer" ] || printf 'Authorization: Bearer (the context_id of %s)\n' "$$ADMIN_ID"
    pretty "$$3"
    send "$$@"
    printf '\n%s\n' "$$status"
    pretty "$$answer"
    [ "$$status" = 200 ]
}

# The context_id in $$answer.
context_id() {
    found=$${answer#*'"context_id":'} found=$${found#*'"'}
    printf '%s' "$${found%%'"'*}"
}

# Logs the admin in; $$bearer proves it.
become_admin() {
    send PUT /login "{\"customer_id\": $$(json "$$ADMIN_ID"), \"password\": $$(json "$$ADMIN_PASSWORD")}"
    [ "$$status" = 200 ] || {
        echo "The admin cannot log in; ADMIN_ID and ADMIN_PASSWORD must be right:" >&2
        pretty "$$answer" >&2
        exit 1
    }
    bearer=$$(context_id)
}

bearer=
id=$$(json "$$CUSTOMER_ID")
password=$$(json "$$PASSWORD")
endef
export SHELL_FUNCTIONS

.PHONY: help ccustomer ucustomer dcustomer apilogin apilogoff

help:
	@echo 'Targets: ccustomer ucustomer dcustomer apilogin apilogoff';

ccustomer:
	@eval "$$SHELL_FUNCTIONS"; call POST / "{\"customer_id\": $$id, \"lname\": \"Barry\", \"email\": \"barry_allen@starlabs.com\", \"fname\": \"Allen\", \"address1\": \"Earth 1\", \"address2\": \"Earth-Prime\", \"password\": $$password}"

ucustomer:
	@eval "$$SHELL_FUNCTIONS"; become_admin; call PUT / "{\"customer_id\": $$id, \"lname\": \"Larry\", \"email\": \"larry_allen@starlabs.com\", \"fname\": \"Allen\", \"address1\": \"Earth 1\", \"address2\": \"Earth-Prime\", \"password\": $$password}"

dcustomer:
	@eval "$$SHELL_FUNCTIONS"; become_admin; call DELETE / "{\"customer_id\": $$id}"

apilogin:
	@eval "$$SHELL_FUNCTIONS"; call PUT /login "{\"customer_id\": $$id, \"password\": $$password}"; (umask 077; context_id > $$kept)

apilogoff:
	@eval "$$SHELL_FUNCTIONS"; \
	[ -n "$$CONTEXT_ID" ] || [ -s $$kept ] || { echo 'Run apilogin first, or name the CONTEXT_ID to end.' >&2; exit 1; }; \
	[ -n "$$CONTEXT_ID" ] || read -r CONTEXT_ID < $$kept || :; \
	call PUT /logoff "{\"customer_id\": $$id, \"context_id\": $$(json "$$CONTEXT_ID")}"; : > $$kept
