"""Headings that mean the same: common names of CRM exports (HubSpot, Salesforce, GoHighLevel) and of permits.

Each line is one meaning. A canonical field belongs to a line when its name or its label is in it.
"""

from functools import lru_cache

from galena.engines.ingestion.recognition import heading

_MEANINGS = (
    "email | e-mail | email address | e-mail address | work email | contact email | primary email | mail "
    "| emailaddress",
    "phone | phone number | telephone | tel | mobile | mobile phone | mobile phone number | cell | cell phone "
    "| contact phone | contact number | business phone | primary phone | phone 1 | work phone | direct phone",
    "first name | given name | firstname | contact first name | fname | forename",
    "last name | surname | family name | lastname | contact last name | lname",
    "full name | name | contact name | contact | person | lead name | person name",
    "company | company name | account | account name | organisation | organization | business name | business "
    "| employer | firm | associated company | legal name",
    "job title | title | position | role | jobtitle | contact title | designation",
    "website | web site | domain | url | company domain name | website url | homepage | web | company website",
    "industry | sector | vertical | industry group | business segment",
    "naics | naics code | naics code 1",
    "sic | sic code",
    "employees | employee count | number of employees | no. of employees | company size | headcount "
    "| numberofemployees | num employees | staff",
    "revenue | annual revenue | annualrevenue | turnover | yearly revenue | sales volume "
    "| declared monthly revenue",
    "street | address | street address | address 1 | address line 1 | mailing street | billing street "
    "| situs address | site address | original address | original address 1 | property address "
    "| permit location | location | project address | full address",
    "city | site city | town | municipality | mailing city | billing city | address city | original city",
    "state | site state | original state | region | province | state/region | state/province | mailing state "
    "| billing state | address state",
    "postal code | site zip | site zip code | zip | zip code | zipcode | postcode | mailing zip "
    "| billing zip | billing postal code "
    "| original zip",
    "country | country/region | mailing country | billing country | country name",
    "latitude | lat | geo lat | y coordinate",
    "longitude | lng | lon | long | geo lng | x coordinate",
    "source | lead source | original source | leadsource | origin | lead origin | channel "
    "| original traffic source "
    "| utm source | how did you hear about us",
    "created | create date | created at | created date | date added | createddate | date created | created on "
    "| first contact date | entry date",
    "updated | last modified | last modified date | lastmodifieddate | updated at | modified date | last updated",
    "status | lead status | permit status | current status | stage name | status current",
    "stage | deal stage | pipeline stage | opportunity stage | lifecycle stage",
    "owner | owner name | property owner | owner full name | owner1",
    "rep | contact owner | lead owner | sales agent | assigned to | account owner | deal owner",
    "amount | deal amount | close value | opportunity value | deal value | expected revenue | lead value",
    "close date | closedate | closed at | won date",
    "permit number | permit no | permit num | permit # | permit id | permit | record number | case number "
    "| application number",
    "permit type | type | permit type desc | permit class | sub type | record type",
    "work type | work class | type of work | work description type",
    "description | work description | project description | scope | scope of work | job description | comments",
    "issued on | issue date | issued date | date issued | permit issue date | issued",
    "applied on | applied date | application date | date applied | filed date | file date | submitted date",
    "completed on | completed date | final date | finaled date | date completed | completion date",
    "expires on | expiration date | expiry date | expires date | expire date",
    "valuation | job valuation | total job valuation | job value | project value | construction cost "
    "| estimated cost "
    "| declared value | value | estimated value | construction value | cost | job cost | total cost "
    "| total valuation "
    "| permit valuation | valuation of work | declared valuation | project cost | construction valuation "
    "| est project cost | value of work | permit value",
    "square feet | work area | work area sqft | area of the work | sq ft | sqft | total area "
    "| building area | total sqft | area | floor area | square footage | living area",
    "units | number of units | unit count | housing units | dwelling units",
    "contractor | contractor name | contractor company | contractor company name "
    "| contractor business name | builder",
    "contractor phone | contractor telephone",
    "applicant | applicant name | applicant full name | applicant organization",
    "market value | appraised value | total market value | assessed value | total value | total appraised value",
    "year built | yr built | built year | construction year | yearbuilt",
    "parcel | parcel id | parcel number | apn | account number | tcad id | pin | folio",
    "legal description | legal | legal desc",
    "visits | total visits | number of visits | number of sessions | sessions | web visits",
    "page views | pageviews | number of pageviews | page views per visit",
    "time on site | time on website | total time spent on website | session duration | time spent",
    "notes | note | remarks",
)  # fmt: skip


@lru_cache(maxsize=1)
def meanings() -> dict[str, frozenset[str]]:
    """Heading (see `heading`) -> all headings of the same meaning, itself included."""
    groups = (frozenset(heading(name) for name in line.split("|")) for line in _MEANINGS)
    return {name: group for group in groups for name in group}
