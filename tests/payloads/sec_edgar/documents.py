"""Made-up filings in the SEC's shapes: an insider's Form 4, a report with item 5.02, annual and proxy reports."""

FORM_4 = b"""<?xml version="1.0"?>
<ownershipDocument>
  <documentType>4</documentType>
  <issuer><issuerCik>0001000001</issuerCik><issuerName>Sample Rockets Inc</issuerName></issuer>
  <reportingOwner>
    <reportingOwnerId><rptOwnerCik>0002000001</rptOwnerCik><rptOwnerName>Sample Pat</rptOwnerName></reportingOwnerId>
    <reportingOwnerRelationship><isDirector>1</isDirector><isOfficer>true</isOfficer>
      <officerTitle>Chief Financial Officer</officerTitle></reportingOwnerRelationship>
  </reportingOwner>
  <nonDerivativeTable>
    <nonDerivativeTransaction>
      <transactionDate><value>2026-02-02</value></transactionDate>
      <transactionCoding><transactionCode>S</transactionCode></transactionCoding>
      <transactionAmounts><transactionShares><value>1000</value></transactionShares>
        <transactionPricePerShare><value>12.50</value></transactionPricePerShare></transactionAmounts>
    </nonDerivativeTransaction>
    <nonDerivativeTransaction>
      <transactionDate><value>2026-02-02</value></transactionDate>
      <transactionCoding><transactionCode>S</transactionCode></transactionCoding>
      <transactionAmounts><transactionShares><value>500</value></transactionShares>
        <transactionPricePerShare><value>13</value></transactionPricePerShare></transactionAmounts>
    </nonDerivativeTransaction>
    <nonDerivativeTransaction>
      <transactionDate><value>2026-02-02</value></transactionDate>
      <transactionCoding><transactionCode>F</transactionCode></transactionCoding>
      <transactionAmounts><transactionShares><value>70</value></transactionShares>
        <transactionPricePerShare><value>13</value></transactionPricePerShare></transactionAmounts>
    </nonDerivativeTransaction>
  </nonDerivativeTable>
  <footnotes><footnote id="F1">Sold under a Rule 10b5-1 trading plan.</footnote></footnotes>
</ownershipDocument>"""

LEFT = b"""<html><body><p>FORM 8-K</p><p>Item 5.02 Departure of Directors or Certain Officers; Election of Directors;
Appointment of Certain Officers; Compensatory Arrangements of Certain Officers.</p>
<p>On February 3, 2026, Pat Sample notified the Company of the decision to resign as Chief Financial Officer, effective
March 31, 2026. The resignation was not the result of any disagreement with the Company.</p>
<p>On the same day the Board appointed Alex Sample as Interim Chief Financial Officer.</p>
<p>Item 9.01 Financial Statements and Exhibits.</p><p>SIGNATURES</p></body></html>"""

ANNUAL = b"""<html><body><p>Annual report.</p><p>Management evaluates whether there is substantial doubt about the
Company's ability to continue as a going concern.</p><p>The Company has suffered recurring losses from operations. These
conditions raise substantial doubt about its ability to continue as a going concern.</p></body></html>"""

PROXY = b"""<html><body><table>
<tr><td>Name and Principal Position</td><td>Year</td><td>Salary ($)</td><td>Awards ($)</td><td>Total ($)</td></tr>
<tr><td>Pat Sample<br>Chief Financial Officer</td><td>2025</td><td>$</td><td>400,000</td><td>$</td><td>100,000</td>
<td>500,000</td></tr>
<tr><td></td><td>2024</td><td>400,000</td><td>-</td><td>400,000</td></tr>
<tr><td>Alex Sample<br>President</td><td>2025</td><td>600,000</td><td>100,000</td><td>700,000</td></tr>
<tr><td></td><td>2024</td><td>500,000</td><td>100,000</td><td>600,000</td></tr>
</table></body></html>"""

FORM_D = b"""<?xml version="1.0"?>
<edgarSubmission><submissionType>D</submissionType>
  <primaryIssuer><cik>0001000002</cik><entityName>Sample Bakeries Corp</entityName></primaryIssuer>
  <offeringData><industryGroup><industryGroupType>Restaurants</industryGroupType></industryGroup>
    <issuerSize><revenueRange>Decline to Disclose</revenueRange></issuerSize>
    <offeringSalesAmounts><totalOfferingAmount>2000000</totalOfferingAmount><totalAmountSold>500000</totalAmountSold>
    </offeringSalesAmounts><investors><totalNumberAlreadyInvested>9</totalNumberAlreadyInvested></investors></offeringData>
</edgarSubmission>"""

SDN = (
    b'306,"SAMPLE BLOCKED TRADING CO.",-0- ,"CUBA",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n'
    b'307,"SAMPLE, Blocked Person","individual","SDGT",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB 1970."\r\n'
    b'308,"SAMPLE SHIP","vessel","IRAN",-0- ,"ABCD","Tanker",-0- ,-0- ,"Panama",-0- ,-0- \r\n\x1a'
)
ALT = b'306,12,"aka","GRANITE FORBIDDEN EXPORTS",-0- \r\n308,13,"aka","SHIP OF SAMPLES",-0- \r\n\x1a'
